import type { Flow } from '../../core/flow.ts';
import { cellText } from '../../core/safe-text.ts';
import type { Column } from '../list/table.ts';
import { ageText, bytesText, latencyText, NONE } from '../list/units.ts';

const SHORT_DIRECTION = { outbound: 'out', inbound: 'in' } as const;

export const columns: readonly Column<Flow>[] = [
  { head: 'NAMESPACE', cell: ({ namespace }) => cellText(namespace) || NONE },
  { head: 'POD', cell: ({ pod }) => cellText(pod) || NONE },
  { head: 'CONTAINER', cell: ({ container }) => cellText(container) || NONE },
  { head: 'DIR', cell: (flow) => (isSum(flow) ? NONE : SHORT_DIRECTION[flow.direction]) },
  { head: 'PROTO', cell: ({ protocol }) => protocol ?? NONE },
  { head: 'PEER', cell: peerText },
  { head: 'PORT', cell: ({ port }) => (port === 0 ? NONE : String(port)) },
  { head: 'OPEN', cell: (flow) => ofTcp(flow, flow.openNow) },
  { head: 'SENT', cell: ({ sent }) => bytesText(sent.bytes) },
  { head: 'RECEIVED', cell: ({ received }) => bytesText(received.bytes) },
  { head: 'RETRANS', cell: (flow) => ofTcp(flow, flow.retransmits) },
  { head: 'RTT', cell: ({ rttSeconds }) => latencyText(rttSeconds) },
];

export const wideColumns: readonly Column<Flow>[] = [
  ...columns,
  { head: 'CLASS', cell: ({ peerClass }) => peerClass ?? NONE },
  { head: 'PEER-ADDRESS', cell: ({ peerAddress }) => cellText(peerAddress) || NONE },
  { head: 'REACHED', cell: reachedText },
  { head: 'LOCAL-ADDRESS', cell: ({ localAddress }) => cellText(localAddress) || NONE },
  { head: 'ESTABLISHED', cell: (flow) => ofTcp(flow, flow.established) },
  { head: 'FAILED', cell: (flow) => ofTcp(flow, flow.failures) },
  { head: 'CONNECT', cell: ({ connectSeconds }) => latencyText(connectSeconds) },
  { head: 'MIN-RTT', cell: ({ minRttSeconds }) => latencyText(minRttSeconds) },
  { head: 'AGE', cell: ({ firstSeenSeconds }, now) => ageText(now - firstSeenSeconds) },
  { head: 'LAST', cell: ({ lastSeenSeconds }, now) => ageText(now - lastSeenSeconds) },
];

/** `namespace/pod` where it is a pod of this node too; else the name it was asked for, or its address. */
function peerText(flow: Flow): string {
  if (isSum(flow)) return 'other peers';
  if (flow.peer === undefined) return cellText(flow.peerName ?? flow.peerAddress);
  const { namespace, pod } = flow.peer;
  return cellText([namespace, pod].filter((name) => name !== '').join('/'));
}

/** As ADDRESS:PORT. */
function reachedText({ reachedAddress, reachedPort }: Flow): string {
  if (reachedAddress === '') return NONE;
  const isV6 = reachedAddress.includes(':');
  return cellText(`${isV6 ? `[${reachedAddress}]` : reachedAddress}:${reachedPort}`);
}

/** Only TCP has connections; what sums up peers may have some. */
function ofTcp({ protocol }: Flow, count: number): string {
  return protocol === 'udp' || protocol === 'other' ? NONE : String(count);
}

/** The peers that found no room together: whatever their direction and port. */
function isSum({ peerAddress }: Flow): boolean {
  return peerAddress === '';
}
