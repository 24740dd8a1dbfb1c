/** NUL is among them because Prometheus's lexer takes it for the end of the text. */
const SPECIAL = /[\\"\n\0]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\0': '\uFFFD',
};

/** Escapes a label's value: the same three characters in the Prometheus text and in OpenMetrics. */
export function escapeLabel(text: string): string {
  return text.replace(SPECIAL, (character) => ESCAPES[character] ?? character);
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
