import type { Flow, FlowEnd } from './flow.ts';
import type { ClassOf } from './peer-class.ts';

/** What tells ends from each other, and what is told of the peer. */
export interface PeerDraft
  extends FlowEnd,
    Pick<Flow, 'direction' | 'protocol' | 'peerAddress' | 'localAddress' | 'port' | 'established'>,
    Pick<Flow, 'reachedAddress' | 'reachedPort'> {
  peer: Flow['peer'];
  peerClass: Flow['peerClass'];
}

/** A flow whose peer is still to be told. */
export type FlowDraft = Omit<Flow, 'peer' | 'peerClass'> & PeerDraft;

/** Two pods whose ends look alike: none of them is named, but it is on this node. */
const AMBIGUOUS = Symbol('ambiguous');

/** All ends that look alike: whose they are, and the connections established at them. */
interface Ends {
  owner: FlowEnd | typeof AMBIGUOUS | undefined;
  established: number;
}

type EndsByKey = Map<string, Ends>;

/** Rows are read one after the other: of so many connections one may begin in between. */
const BEGUN_MEANWHILE = 64;

/**
 * Classifies all peers, and names those that are pods of this node: of a connection between two of
 * them both ends are flows, each other's mirror. A flow that was never established has reached
 * nobody, and where an address was translated between the ends, they do not meet. Where an end has
 * more connections than the other, some of its own are with somebody else: it names none.
 */
export function tellPeers(drafts: readonly PeerDraft[], classOf: ClassOf): void {
  const ends: Readonly<Record<Flow['direction'], EndsByKey>> = {
    outbound: new Map(),
    inbound: new Map(),
  };
  const keys = drafts.map(keyOf);
  for (const [i, key] of keys.entries()) {
    const flow = drafts[i];
    if (flow && key !== undefined) enter(ends[flow.direction], key, flow);
  }
  for (const [i, flow] of drafts.entries()) {
    const peer = peerOf(flow, keys[i] ?? '', ends);
    flow.peer = peer === AMBIGUOUS ? undefined : peer;
    if (flow.peerAddress !== '') flow.peerClass = peer ? 'node' : classOf(flow.peerAddress);
  }
}

function peerOf(
  { direction }: PeerDraft,
  key: string,
  ends: Readonly<Record<Flow['direction'], EndsByKey>>,
): Ends['owner'] {
  const own = ends[direction].get(key);
  const other = ends[direction === 'outbound' ? 'inbound' : 'outbound'].get(key);
  if (!own || !other) return undefined;
  const elsewhere = own.established - other.established;
  if (elsewhere > Math.floor(own.established / BEGUN_MEANWHILE)) return undefined;
  return other.owner;
}

/**
 * Protocol, client, server and the server's port: the same at both ends. Undefined where there is but
 * one; what sent datagrams may have reached nobody either, but then there is no other end.
 */
function keyOf(flow: PeerDraft): string | undefined {
  const { direction, localAddress, peerAddress, protocol, port, established } = flow;
  if (peerAddress === '' || (protocol === 'tcp' && established === 0)) return undefined;
  if (direction === 'inbound') return `${protocol} ${peerAddress} ${localAddress} ${port}`;
  const { reachedAddress, reachedPort } = flow;
  return reachedAddress === ''
    ? `${protocol} ${localAddress} ${peerAddress} ${port}`
    : `${protocol} ${localAddress} ${reachedAddress} ${reachedPort}`;
}

function enter(ends: EndsByKey, key: string, flow: PeerDraft): void {
  const { namespace, pod, container, established } = flow;
  const known = ends.get(key) ?? { owner: undefined, established: 0 };
  ends.set(key, known);
  known.established += established;
  if (pod === '') return;
  if (known.owner === undefined) known.owner = { namespace, pod, container };
  else if (known.owner !== AMBIGUOUS && !isSamePod(known.owner, flow)) known.owner = AMBIGUOUS;
}

function isSamePod(one: FlowEnd, other: FlowEnd): boolean {
  return one.namespace === other.namespace && one.pod === other.pod;
}
