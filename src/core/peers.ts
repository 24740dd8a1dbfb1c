import type { Flow, FlowEnd } from './flow.ts';
import type { ClassOf, PeerClass } from './peer-class.ts';

/** A flow whose peer has no name yet. */
export type Peerless = Omit<Flow, 'peer' | 'peerClass'>;

/** Two pods whose ends look alike: none of them is named. */
const AMBIGUOUS = Symbol('ambiguous');

type Ends = Map<string, FlowEnd | typeof AMBIGUOUS>;

/**
 * Classifies all peers, and names those that are pods of this node: of a connection between two of them both ends are
 * flows, each other's mirror. A flow that was never established has reached nobody, and where an
 * address was translated between the ends, they do not meet.
 */
export function withPeers(flows: readonly Peerless[], classOf: ClassOf): Flow[] {
  const clients: Ends = new Map();
  const servers: Ends = new Map();
  for (const flow of flows.filter(isSomebody)) {
    if (flow.direction === 'outbound') enter(clients, clientKey(flow), flow);
    else enter(servers, serverKey(flow), flow);
  }
  return flows.map((flow) => {
    const peer = peerOf(flow, clients, servers);
    return { ...flow, peer, peerClass: peer ? 'node' : classAt(flow.peerAddress, classOf) };
  });
}

function classAt(address: string, classOf: ClassOf): PeerClass | undefined {
  return address === '' ? undefined : classOf(address);
}

function peerOf(flow: Peerless, clients: Ends, servers: Ends): FlowEnd | undefined {
  if (!isEstablished(flow)) return undefined;
  const end =
    flow.direction === 'outbound' ? servers.get(clientKey(flow)) : clients.get(serverKey(flow));
  return end === AMBIGUOUS ? undefined : end;
}

/** Client, server and the server's port, as the client has them. */
function clientKey({ localAddress, peerAddress, port }: Peerless): string {
  return `${localAddress} ${peerAddress} ${port}`;
}

/** The same as the server has them. */
function serverKey({ localAddress, peerAddress, port }: Peerless): string {
  return `${peerAddress} ${localAddress} ${port}`;
}

function isEstablished({ peerAddress, established }: Peerless): boolean {
  return peerAddress !== '' && established > 0;
}

function isSomebody(flow: Peerless): boolean {
  return flow.pod !== '' && isEstablished(flow);
}

function enter(ends: Ends, key: string, { namespace, pod, container }: Peerless): void {
  const known = ends.get(key);
  if (known === undefined) ends.set(key, { namespace, pod, container });
  else if (known !== AMBIGUOUS && !isSame(known, { namespace, pod })) ends.set(key, AMBIGUOUS);
}

function isSame(one: FlowEnd, other: Pick<FlowEnd, 'namespace' | 'pod'>): boolean {
  return one.namespace === other.namespace && one.pod === other.pod;
}
