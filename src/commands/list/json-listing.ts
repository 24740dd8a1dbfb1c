import { jsonText } from '../../core/text/safe-text.ts';
import type { Sink } from './sink.ts';

/**
 * Shows an array, a line each; while watching, one document a line. Piece by piece: the whole of a
 * full table would take half of the heap.
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
