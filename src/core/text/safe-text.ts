/**
 * Characters that a terminal may interpret: control characters, and those that reorder or hide
 * text. Names come from the creator of a cgroup, who may write anything.
 */
const COMMANDING = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const CELL_CHARACTERS = 64;

/** Shows such characters as `\x1b` or `\u{202e}`. */
export function escaped(text: string): string {
  return text.replace(COMMANDING, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const digits = code.toString(16);
    return code < 0x100 ? `\\x${digits.padStart(2, '0')}` : `\\u{${digits}}`;
  });
}

/** The same for a text of several lines. Line ends stay. */
export function escapedLines(text: string): string {
  return text.split('\n').map(escaped).join('\n');
}

/** Replaces such characters, for labels, where an escape could be mistaken for literal text. */
export function replaced(text: string): string {
  return text.replace(COMMANDING, '\uFFFD');
}

/** The same as a key: names with equal labels have the same key. */
export function nameKey(...names: readonly string[]): string {
  return names.map(replaced).join('\0');
}

/** Escaped and cut to a number of characters. The last one marks the cut. */
export function cutText(text: string, maxCharacters: number): string {
  // An escape is at least as long as its character, so the remaining text is not needed.
  const characters = [...escaped(text.slice(0, 2 * maxCharacters + 1))];
  if (characters.length <= maxCharacters) return characters.join('');
  return `${characters.slice(0, maxCharacters - 1).join('')}…`;
}

/** Escaped and cut to the width of a column. */
export function cellText(text: string): string {
  return cutText(text, CELL_CHARACTERS);
}

/** JSON of the same value, with safe text. */
export function jsonText(value: unknown, indent?: number): string {
  return safeJson(JSON.stringify(value, null, indent));
}

/** Such characters occur only in JSON strings, except for line ends between them. */
export function safeJson(json: string): string {
  return json.replace(COMMANDING, (character) => (character === '\n' ? '\n' : units(character)));
}

/** As `\u202e`; two escapes for a surrogate pair. */
function units(character: string): string {
  const codes = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  return codes.map((code) => `\\u${code.toString(16).padStart(4, '0')}`).join('');
}

/** Quotes a word for a shell, so that a printed command can be pasted. */
export function quoted(word: string): string {
  return /^[\w./=@:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
