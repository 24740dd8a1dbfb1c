import type { FlowSnapshot } from '../../api/grpc/view.ts';
import type { Options } from '../../config.ts';
import type { Flow } from '../../core/flow.ts';
import { columns, wideColumns } from './columns.ts';
import { jsonText } from './safe-text.ts';
import { busiestFirst, tableLines } from './table.ts';

/** Where a list goes: standard output, of which a terminal tells its size. */
export interface Sink {
  readonly write: (text: string) => void;
  /** For people alone: what no program should have to parse. */
  readonly note: (text: string) => void;
  /** Undefined unless it is a terminal. */
  readonly size: () => { readonly rows: number; readonly columns: number } | undefined;
}

type ListOptions = Pick<Options, 'listOutput' | 'watch'>;

/** Shows one snapshot after the other. */
export function listing(
  { listOutput, watch }: ListOptions,
  sink: Sink,
): (snapshot: FlowSnapshot) => void {
  if (listOutput === 'json') {
    // While watching, one document a line.
    return ({ flows }) => writeJson(busiestFirst(flows), watch ? '' : '\n', sink);
  }
  const shown = listOutput === 'wide' ? wideColumns : columns;
  let isFirst = true;
  return ({ flows, wallMs }) => {
    const size = watch ? sink.size() : undefined;
    if (size) sink.write(CLEAR);
    if (flows.length === 0) return sink.note('No connections.\n');
    if (!size && !isFirst) sink.write('\n');
    isFirst = false;
    const visible = upTo(size?.rows, busiestFirst(flows));
    for (const line of tableLines(visible, shown, wallMs / 1000))
      sink.write(`${line.slice(0, size?.columns).trimEnd()}\n`);
    const rest = flows.length - visible.length;
    if (rest > 0) sink.write(`… and ${rest} more\n`);
  };
}

/** Moves to the upper left corner and clears the screen. */
const CLEAR = '\u001b[H\u001b[2J';

/** Leaves room for the head, for how many more there are, and for the cursor. */
function upTo(rows: number | undefined, flows: readonly Flow[]): readonly Flow[] {
  if (rows === undefined || flows.length <= rows - 2) return flows;
  return flows.slice(0, Math.max(1, rows - 3));
}

/** Piece by piece: the whole of a full table would take half of the heap. */
function writeJson(flows: readonly Flow[], lineEnd: string, { write }: Sink): void {
  write('[');
  for (const [i, flow] of flows.entries()) {
    write(`${i === 0 ? '' : ','}${lineEnd}${lineEnd && '  '}${jsonText(flow)}`);
  }
  write(`${flows.length > 0 ? lineEnd : ''}]\n`);
}
