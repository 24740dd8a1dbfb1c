import type { Flow, FlowEnd } from './flow.ts';
import type { ClassOf } from './peer-class.ts';
import { type PeerDirectory, podIdentity } from './peer-directory.ts';
import type { PeerIdentity } from './peer-identity.ts';

/** Facts about peers other than those from matching both ends. */
export interface PeerKnowledge {
  readonly classOf: ClassOf;
  readonly directory: PeerDirectory;
  /** The workload of a pod on this node, or the pod itself. */
  readonly workloadOf: (end: FlowEnd) => string;
}

/** The fields that identify an end, and the peer fields to fill in. */
export interface PeerDraft
  extends FlowEnd,
    Pick<Flow, 'direction' | 'protocol' | 'peerAddress' | 'localAddress' | 'port' | 'established'>,
    Pick<Flow, 'reachedAddress' | 'reachedPort'> {
  peer: Flow['peer'];
  peerIdentity: Flow['peerIdentity'];
  reachedIdentity: Flow['reachedIdentity'];
  peerClass: Flow['peerClass'];
}

/** A flow before its peer is determined. */
export type FlowDraft = Omit<Flow, 'peer' | 'peerIdentity' | 'reachedIdentity' | 'peerClass'> &
  PeerDraft;

/** Two pods have ends that look alike. Neither is named, but the peer is on this node. */
const AMBIGUOUS = Symbol('ambiguous');

/** All ends that look alike: their owner, and the number of established connections. */
interface Ends {
  owner: FlowEnd | typeof AMBIGUOUS | undefined;
  established: number;
}

type EndsByKey = Map<string, Ends>;

/** Rows are read one after the other, so one connection in this many may begin in between. */
const BEGUN_MEANWHILE = 64;

/**
 * Classifies all peers, and names those that are pods of this node: both ends of such a connection
 * are flows with mirrored addresses. Ends do not match if the flow was never established or if an
 * address was translated in between. If an end has more connections than the other, some go to a
 * different peer, so it names none. A match takes precedence over the address, which may have a new
 * owner by now.
 */
export function matchPeers(drafts: readonly PeerDraft[], knowledge: PeerKnowledge): void {
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
    if (flow.peerAddress === '') continue;
    const peer = peerOf(flow, keys[i] ?? '', ends);
    flow.peer = peer === AMBIGUOUS ? undefined : peer;
    flow.peerClass = peer ? 'node' : knowledge.classOf(flow.reachedAddress || flow.peerAddress);
    identify(flow, peer, knowledge);
  }
}

/**
 * The matched pod is the reached peer. It is also the dialed peer, unless the address was
 * translated.
 */
function identify(
  flow: PeerDraft,
  met: Ends['owner'],
  { directory, workloadOf }: PeerKnowledge,
): void {
  const { direction, peerAddress, reachedAddress, protocol } = flow;
  const identify = (address: string, port: number): PeerIdentity | undefined =>
    directory.identityOf({
      address,
      port: direction === 'outbound' ? port : undefined,
      protocol,
    });
  const known = (address: string, port: number) => {
    if (met === undefined) return identify(address, port);
    return met === AMBIGUOUS ? undefined : podIdentity(met, workloadOf(met));
  };
  const isTranslated = reachedAddress !== '';
  flow.peerIdentity = (isTranslated ? identify : known)(peerAddress, flow.port);
  flow.reachedIdentity = isTranslated ? known(reachedAddress, flow.reachedPort) : undefined;
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
 * Protocol, client, server and server port: equal at both ends. Undefined if there is no second
 * end. A sender of datagrams may also have reached no one; then no end matches.
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
