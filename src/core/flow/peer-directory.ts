import type { FlowEnd, FlowProtocol } from './flow.ts';
import type { PeerIdentity } from './peer-identity.ts';

/** The endpoint of a peer. */
export interface PeerEndpoint {
  readonly address: string;
  /** The dialed port; undefined if the peer opened the connection. */
  readonly port: number | undefined;
  readonly protocol: FlowProtocol | undefined;
}

/** Owners of addresses in the cluster, as reported by the Kubernetes API. */
export interface PeerDirectory {
  /** The current owner of an address: of several owners, the one that started last. */
  identityOf(endpoint: PeerEndpoint): PeerIdentity | undefined;
  /** Whether a workload has pods anywhere in the cluster. */
  hasWorkload(namespace: string, workload: string): boolean;
}

/** Without the API, peers on other nodes have addresses but no names. */
export const noDirectory: PeerDirectory = {
  identityOf: () => undefined,
  hasWorkload: () => false,
};

export function podIdentity({ namespace, pod }: FlowEnd, workload: string): PeerIdentity {
  return { kind: 'pod', namespace, name: pod, workload };
}
