import { CLEAR, type Sink, type Size } from './sink.ts';

/** The output for one snapshot. */
export interface Frame {
  /** The size is undefined unless each frame replaces the last one on a terminal. */
  readonly lines: (size: Size | undefined) => Iterable<string>;
  /** Shown on stderr instead of the lines if there is nothing to list. */
  readonly emptyNote: string | undefined;
}

/** With --watch on a terminal each frame replaces the last; elsewhere an empty line separates them. */
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
