import type { Registry } from 'prom-client';
import { labelText } from './label-text.ts';
import { type Format, headText, sampleText } from './sample-text.ts';

/**
 * Writes a prom-client registry in either format. Its own OpenMetrics writer is not used because it
 * renames the registered counters permanently.
 */
export async function registryText(registry: Registry, format: Format): Promise<string> {
  let text = '';
  for (const { name, help, type, values } of await registry.getMetricsAsJSON()) {
    text += headText({ name, help, type: String(type) }, format);
    for (const sample of values) {
      const sampleName = 'metricName' in sample ? String(sample.metricName) : name;
      text += sampleText(sampleName, labelText(sample.labels), sample.value);
    }
  }
  return text;
}
