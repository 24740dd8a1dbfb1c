import type { Flow, FlowEnd } from './flow.ts';
import type { ClassOf } from './peer-class.ts';
import { type PeerDirectory, podIdentity } from './peer-directory.ts';
import type { PeerIdentity } from './peer-identity.ts';

/** What is known of peers other than by meeting them. */
export interface PeerKnowledge {
  readonly classOf: ClassOf;
  readonly directory: PeerDirectory;
  /** What a pod of this node belongs to, or itself. */
  readonly workloadOf: (end: FlowEnd) => string;
}

/** What tells ends from each other, and what is told of the peer. */
export interface PeerDraft
  extends FlowEnd,
    Pick<Flow, 'direction' | 'protocol' | 'peerAddress' | 'localAddress' | 'port' | 'established'>,
    Pick<Flow, 'reachedAddress' | 'reachedPort'> {
  peer: Flow['peer'];
  peerIdentity: Flow['peerIdentity'];
  reachedIdentity: Flow['reachedIdentity'];
  peerClass: Flow['peerClass'];
}

/** A flow whose peer is still to be told. */
export type FlowDraft = Omit<Flow, 'peer' | 'peerIdentity' | 'reachedIdentity' | 'peerClass'> &
  PeerDraft;

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
 * more connections than the other, some of its own are with somebody else: it names none. Who is
 * met is known better than by an address, which may be somebody else's by now.
 */
export function tellPeers(drafts: readonly PeerDraft[], knowledge: PeerKnowledge): void {
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

/** Who is met is who was reached; that was dialled too, unless the address was translated. */
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
