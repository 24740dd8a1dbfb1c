/** Writes the table of values into the chart's README, from the comments in its values.yaml. */
import { readFileSync } from 'node:fs';
import { chartValues } from './chart-values.ts';
import type { GeneratedFile } from './generated-file.ts';
import { withSection } from './marked-section.ts';

const CHART = 'deploy/helm/vigia';
const OUTPUT = `${CHART}/README.md`;

export function generate(): GeneratedFile[] {
  const rows = chartValues(readFileSync(`${CHART}/values.yaml`, 'utf8')).map(
    ({ path, fallback, description }) =>
      `| \`${path}\` | \`${JSON.stringify(fallback)}\` | ${description} |\n`,
  );
  const table = `| value | default | meaning |\n|---|---|---|\n${rows.join('')}`;
  const text = withSection(readFileSync(OUTPUT, 'utf8'), 'values', table);
  return [{ path: OUTPUT, text, source: 'values.yaml' }];
}
