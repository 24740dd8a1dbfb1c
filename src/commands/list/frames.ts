import { CLEAR, type Sink, type Size } from './sink.ts';

/** What is shown of one snapshot. */
export interface Frame {
  /** Undefined unless it has to fit a terminal that shows one frame in place of the other. */
  readonly lines: (size: Size | undefined) => Iterable<string>;
  /** Said to people in place of lines, where there is nothing to show. */
  readonly emptyNote: string | undefined;
}

/**
 * Shows one frame after the other: watched on a terminal each in place of the last, elsewhere with an
 * empty line between.
 */
export function framing(watch: boolean, sink: Sink): (frame: Frame) => void {
  let isFirst = true;
  return ({ lines, emptyNote }) => {
    const size = watch ? sink.size() : undefined;
    if (size) sink.write(CLEAR);
    if (emptyNote !== undefined) return sink.note(`${emptyNote}\n`);
    if (!size && !isFirst) sink.write('\n');
    isFirst = false;
    for (const line of lines(size)) sink.write(`${line}\n`);
  };
}
