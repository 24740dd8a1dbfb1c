/** etcd objects have at most 1.5 MB; their JSON is longer. */
const LONGEST = 8 * 1024 ** 2;

/** Splits a stream into lines. Yields undefined for a line that is too long. */
export async function* linesOf(
  pieces: AsyncIterable<string>,
  longest: number = LONGEST,
): AsyncGenerator<string | undefined> {
  let begun: string[] = [];
  let length = 0;
  for await (const piece of pieces) {
    let from = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
      length += end - from;
      begun.push(piece.slice(from, end));
      yield length > longest ? undefined : begun.join('');
      [begun, length, from] = [[], 0, end + 1];
    }
    length += piece.length - from;
    if (length > longest) begun = [];
    else begun.push(piece.slice(from));
  }
}
