import type { Flow } from '../../core/flow.ts';
import type { Column } from './columns.ts';

const GAP = '   ';

/** The head and a line a flow. A full table takes more memory than the heap has: line by line. */
export function* tableLines(
  flows: readonly Flow[],
  columns: readonly Column[],
  nowSeconds: number,
): Generator<string> {
  const widths = columns.map(({ head, cell }) =>
    flows.reduce((width, flow) => Math.max(width, cell(flow, nowSeconds).length), head.length),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join(GAP)
      .trimEnd();
  yield line(columns.map(({ head }) => head));
  for (const flow of flows) yield line(columns.map(({ cell }) => cell(flow, nowSeconds)));
}

/** By the bytes that went either way; those of equal weight by name. */
export function busiestFirst(flows: readonly Flow[]): Flow[] {
  const bytes = ({ sent, received }: Flow) => sent.bytes + received.bytes;
  return flows.toSorted((a, b) => bytes(b) - bytes(a) || compareNames(a, b));
}

function compareNames(a: Flow, b: Flow): number {
  const [left, right] = [nameOf(a), nameOf(b)];
  if (left === right) return a.port - b.port;
  return left < right ? -1 : 1;
}

function nameOf({ namespace, pod, container, peerAddress }: Flow): string {
  return [namespace, pod, container, peerAddress].join('\0');
}
