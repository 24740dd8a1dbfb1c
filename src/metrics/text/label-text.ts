import { replaced } from '../../core/text/safe-text.ts';

/**
 * A label's value, the same in the Prometheus text and in OpenMetrics. Who shows it may be a terminal;
 * a newline is among what is replaced, and NUL, which Prometheus's lexer takes for the end of the text.
 */
export function escapeLabel(text: string): string {
  return replaced(text).replace(/[\\"]/g, '\\$&');
}

/** OpenMetrics wants quotes escaped in HELP too; the Prometheus text forbids it. */
export function escapeHelp(text: string, isOpenMetrics: boolean): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return isOpenMetrics ? escaped.replaceAll('"', '\\"') : escaped;
}

/** `namespace="shop",pod="web-0"`: to be made once a series, it is the dear part of a line. */
export function labelText(labels: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(labels)
    .map(([name, text]) => `${name}="${escapeLabel(String(text))}"`)
    .join(',');
}

/** Joins label texts, any of which may be empty. */
export function joinLabels(...texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join(',');
}
