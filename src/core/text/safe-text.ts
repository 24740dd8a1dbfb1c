/**
 * What a terminal may obey rather than show: control characters, and those that reorder or hide
 * text. Names come from whoever made the cgroup, who may write anything.
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

/** The same for a text of several lines, which stay so. */
export function escapedLines(text: string): string {
  return text.split('\n').map(escaped).join('\n');
}

/** Replaces such characters, where an escape would be taken for what it stands for: in a label. */
export function replaced(text: string): string {
  return text.replace(COMMANDING, '\uFFFD');
}

/** The same for names that are told by labels: those whose labels are alike are one. */
export function nameKey(...names: readonly string[]): string {
  return names.map(replaced).join('\0');
}

/** Escaped, and cut to so many characters, the last of which says so. */
export function cutText(text: string, maxCharacters: number): string {
  // An escape is no shorter than what it stands for: the rest need not be looked at.
  const characters = [...escaped(text.slice(0, 2 * maxCharacters + 1))];
  if (characters.length <= maxCharacters) return characters.join('');
  return `${characters.slice(0, maxCharacters - 1).join('')}…`;
}

/** Escaped, and cut to what a column may take. */
export function cellText(text: string): string {
  return cutText(text, CELL_CHARACTERS);
}

/** JSON of the same value whose text is safe, too. */
export function jsonText(value: unknown, indent?: number): string {
  return safeJson(JSON.stringify(value, null, indent));
}

/** Such characters only occur in the strings of JSON, but for the ends of lines between them. */
export function safeJson(json: string): string {
  return json.replace(COMMANDING, (character) => (character === '\n' ? '\n' : units(character)));
}

/** As `\u202e`, twice where UTF-16 has two. */
function units(character: string): string {
  const codes = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  return codes.map((code) => `\\u${code.toString(16).padStart(4, '0')}`).join('');
}
