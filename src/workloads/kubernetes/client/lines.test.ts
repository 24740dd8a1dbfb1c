import { expect, test } from 'vitest';
import { linesOf } from './lines.ts';

async function read(pieces: readonly string[], longest?: number) {
  async function* come() {
    yield* pieces;
  }
  const lines: (string | undefined)[] = [];
  for await (const line of linesOf(come(), longest)) lines.push(line);
  return lines;
}

test('lines are whole wherever they were cut, and what has no end is none', async () => {
  expect(await read(['a', 'b\nc', 'd', '\n\ne\nf'])).toEqual(['ab', 'cd', '', 'e']);
});

test('a line that is too long is told as such, and those after it are read', async () => {
  expect(await read(['a\nbbb', 'bbb', 'b\nc\n'], 5)).toEqual(['a', undefined, 'c']);
});
