import { escaped } from '../../core/text/safe-text.ts';

/** Text that is already markup. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/**
 * A template that escapes its values, except {@link Html} and lists of it. Control characters are escaped,
 * too, because a terminal may show the source.
 */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  return new Html(strings.map((markup, i) => markup + markupOf(values[i] ?? '')).join(''));
}

function markupOf(shown: string | number | Html | readonly Html[]): string {
  if (shown instanceof Html) return shown.markup;
  if (typeof shown === 'object') return shown.map(({ markup }) => markup).join('');
  return escapeHtml(escaped(String(shown)));
}
