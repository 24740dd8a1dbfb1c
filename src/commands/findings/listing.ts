import type { FindingSnapshot } from '../../api/grpc/view.ts';
import type { Options } from '../../config/config.ts';
import { framing } from '../list/frames.ts';
import { jsonListing } from '../list/json-listing.ts';
import type { Sink, Size } from '../list/sink.ts';
import { fittingTable } from '../list/text-table.ts';
import { columns, wideColumns } from './columns.ts';
import { News } from './news.ts';
import { fittingStories } from './story-listing.ts';

type ListOptions = Pick<Options, 'findingOutput' | 'watch'>;

const NO_FINDINGS = 'No findings.';
const DETECTION_OFF = 'No findings: mining detection is off (--mining=off).';

/** Shows each snapshot. When watching through a pipe, shows only findings that changed. */
export function listing(
  { findingOutput, watch }: ListOptions,
  sink: Sink,
): (snapshot: FindingSnapshot) => void {
  if (findingOutput === 'json') {
    const show = jsonListing(watch, sink);
    return ({ findings }) => show(findings);
  }
  const show = framing(watch, sink);
  const news = watch && sink.size() === undefined ? new News() : undefined;
  return (snapshot) => {
    const findings = news ? news.in(snapshot.findings) : snapshot.findings;
    if (findings === undefined) return;
    const { isLooking } = snapshot;
    const empty = isLooking ? NO_FINDINGS : DETECTION_OFF;
    show({
      lines: (size) => linesOf({ ...snapshot, findings }, findingOutput, { sink, size }),
      emptyNote: findings.length === 0 ? empty : undefined,
    });
  };
}

function linesOf(
  snapshot: FindingSnapshot,
  output: Options['findingOutput'],
  { sink, size }: { readonly sink: Sink; readonly size: Size | undefined },
): Iterable<string> {
  if (output === 'text') return fittingStories(snapshot, sink.size()?.columns, size?.rows);
  const shown = output === 'wide' ? wideColumns : columns;
  const { findings: rows, wallMs } = snapshot;
  return fittingTable({ rows, columns: shown, nowSeconds: wallMs / 1000 }, size);
}
