import { jsonText } from '../../core/text/safe-text.ts';
import type { Sink } from './sink.ts';

/**
 * Prints an array with one element per line; with --watch, one document per line. Writes in pieces,
 * because a full table at once needs half of the heap.
 */
export function jsonListing<Row>(watch: boolean, { write }: Sink): (rows: readonly Row[]) => void {
  const lineEnd = watch ? '' : '\n';
  return (rows) => {
    write('[');
    for (const [i, row] of rows.entries())
      write(`${i === 0 ? '' : ','}${lineEnd}${lineEnd && '  '}${jsonText(row)}`);
    write(`${rows.length > 0 ? lineEnd : ''}]\n`);
  };
}
