import type { Flow, FlowEnd } from './flow.ts';
import type { ClassOf } from './peer-class.ts';

/** A flow whose peer is still to be told. */
export type FlowDraft = Omit<Flow, 'peer' | 'peerClass'> & {
  peer: Flow['peer'];
  peerClass: Flow['peerClass'];
};

/** Two pods whose ends look alike: none of them is named. */
const AMBIGUOUS = Symbol('ambiguous');

type Ends = Map<string, FlowEnd | typeof AMBIGUOUS>;

/**
 * Classifies all peers, and names those that are pods of this node: of a connection between two of
 * them both ends are flows, each other's mirror. A flow that was never established has reached
 * nobody, and where an address was translated between the ends, they do not meet.
 */
export function tellPeers(drafts: readonly FlowDraft[], classOf: ClassOf): void {
  const ends: Readonly<Record<Flow['direction'], Ends>> = {
    outbound: new Map(),
    inbound: new Map(),
  };
  const keys = drafts.map(keyOf);
  for (const [i, key] of keys.entries()) {
    const flow = drafts[i];
    if (flow && key !== undefined && flow.pod !== '') enter(ends[flow.direction], key, flow);
  }
  for (const [i, flow] of drafts.entries()) {
    const mirrors = flow.direction === 'outbound' ? ends.inbound : ends.outbound;
    const end = mirrors.get(keys[i] ?? '');
    flow.peer = end === AMBIGUOUS ? undefined : end;
    if (flow.peerAddress !== '') flow.peerClass = flow.peer ? 'node' : classOf(flow.peerAddress);
  }
}

/**
 * Protocol, client, server and the server's port: the same at both ends. Undefined where there is but
 * one; what sent datagrams may have reached nobody either, but then there is no other end.
 */
function keyOf(flow: FlowDraft): string | undefined {
  const { direction, localAddress, peerAddress, protocol, port, established } = flow;
  if (peerAddress === '' || (protocol === 'tcp' && established === 0)) return undefined;
  return direction === 'outbound'
    ? `${protocol} ${localAddress} ${peerAddress} ${port}`
    : `${protocol} ${peerAddress} ${localAddress} ${port}`;
}

function enter(ends: Ends, key: string, { namespace, pod, container }: FlowDraft): void {
  const known = ends.get(key);
  if (known === undefined) ends.set(key, { namespace, pod, container });
  else if (known !== AMBIGUOUS && (known.namespace !== namespace || known.pod !== pod))
    ends.set(key, AMBIGUOUS);
}
