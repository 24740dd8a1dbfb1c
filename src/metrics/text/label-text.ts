import { replaced } from '../../core/text/safe-text.ts';

/**
 * Escapes the value of a label, for the Prometheus text format and OpenMetrics alike. Control characters
 * are replaced because a terminal may show the value, and because NUL ends the text for Prometheus's lexer.
 */
export function escapeLabel(text: string): string {
  return replaced(text).replace(/[\\"]/g, '\\$&');
}

/** OpenMetrics requires escaped quotes in HELP. The Prometheus text format forbids them. */
export function escapeHelp(text: string, isOpenMetrics: boolean): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return isOpenMetrics ? escaped.replaceAll('"', '\\"') : escaped;
}

/** `namespace="shop",pod="web-0"`. Expensive: build it once per series. */
export function labelText(labels: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(labels)
    .map(([name, text]) => `${name}="${escapeLabel(String(text))}"`)
    .join(',');
}

/** Joins label texts and skips empty ones. */
export function joinLabels(...texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join(',');
}
