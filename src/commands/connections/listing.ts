import type { FlowSnapshot } from '../../api/grpc/view.ts';
import type { Options } from '../../config/config.ts';
import { framing } from '../list/frames.ts';
import { jsonListing } from '../list/json-listing.ts';
import type { Sink } from '../list/sink.ts';
import { fittingTable } from '../list/text-table.ts';
import { columns as narrowColumns, wideColumns } from './columns.ts';
import { busiestFirst } from './order.ts';

type ListOptions = Pick<Options, 'listOutput' | 'watch'>;

/** Prints each snapshot it is called with. */
export function listing(
  { listOutput, watch }: ListOptions,
  sink: Sink,
): (snapshot: FlowSnapshot) => void {
  if (listOutput === 'json') {
    const show = jsonListing(watch, sink);
    return ({ flows }) => show(busiestFirst(flows));
  }
  const columns = listOutput === 'wide' ? wideColumns : narrowColumns;
  const show = framing(watch, sink);
  return ({ flows, wallMs }) => {
    const table = { rows: busiestFirst(flows), columns, nowSeconds: wallMs / 1000 };
    show({
      lines: (size) => fittingTable(table, size),
      emptyNote: flows.length === 0 ? 'No connections.' : undefined,
    });
  };
}
