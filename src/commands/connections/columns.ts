import type { Flow } from '../../core/flow/flow.ts';
import type { PeerIdentity } from '../../core/flow/peer-identity.ts';
import { cellText } from '../../core/text/safe-text.ts';
import { ageText, bytesText, latencyText, NONE } from '../list/cell-units.ts';
import type { Column } from '../list/text-table.ts';

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

/** The Service or pod of the peer; else its DNS name or address. */
function peerText(flow: Flow): string {
  if (isSum(flow)) return 'other peers';
  const { peer, peerIdentity, peerName, peerAddress } = flow;
  if (peerIdentity?.kind === 'service') return cellText(identityText(peerIdentity));
  if (peer) return cellText(joined(peer.namespace, peer.pod));
  return cellText(peerIdentity ? identityText(peerIdentity) : (peerName ?? peerAddress));
}

function identityText({ kind, namespace, name }: PeerIdentity): string {
  switch (kind) {
    case 'pod':
      return joined(namespace, name);
    case 'service':
      return `svc/${namespace}/${name}`;
    case 'node':
      return `node/${name}`;
    case 'apiserver':
      return kind;
  }
}

const joined = (...names: readonly string[]): string =>
  names.filter((name) => name !== '').join('/');

/** The endpoint behind a Service: its pod or address, with the port. */
function reachedText({ reachedAddress, reachedPort, reachedIdentity }: Flow): string {
  if (reachedAddress === '') return NONE;
  if (reachedIdentity) return cellText(`${identityText(reachedIdentity)}:${reachedPort}`);
  const isV6 = reachedAddress.includes(':');
  return cellText(`${isV6 ? `[${reachedAddress}]` : reachedAddress}:${reachedPort}`);
}

/** Only TCP has connections. A row without a protocol sums up several. */
function ofTcp({ protocol }: Flow, count: number): string {
  return protocol === 'udp' || protocol === 'other' ? NONE : String(count);
}

/** The row that sums up all peers without a row of their own. */
function isSum({ peerAddress }: Flow): boolean {
  return peerAddress === '';
}
