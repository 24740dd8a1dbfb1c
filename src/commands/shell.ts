/** Ready to be pasted into a shell as one word. */
export function quoted(word: string): string {
  return /^[\w./=@:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
