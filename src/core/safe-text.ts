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

/** JSON of the same value whose text is safe, too: such characters only occur in its strings. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(COMMANDING, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
