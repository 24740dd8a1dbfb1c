import type { FlowEnd, FlowProtocol } from './flow.ts';
import type { PeerIdentity } from './peer-identity.ts';

/** Where a peer was found. */
export interface PeerEndpoint {
  readonly address: string;
  /** The one that was dialled; undefined where the peer dialled. */
  readonly port: number | undefined;
  readonly protocol: FlowProtocol | undefined;
}

/** Who is where in the cluster, as far as the Kubernetes API has told. */
export interface PeerDirectory {
  /** Who has an address now: of those that had it, the one that began last. */
  identityOf(endpoint: PeerEndpoint): PeerIdentity | undefined;
  /** Whether pods of a workload are anywhere. */
  hasWorkload(namespace: string, workload: string): boolean;
}

/** Without the API, peers elsewhere have addresses and no names. */
export const noDirectory: PeerDirectory = {
  identityOf: () => undefined,
  hasWorkload: () => false,
};

export function podIdentity({ namespace, pod }: FlowEnd, workload: string): PeerIdentity {
  return { kind: 'pod', namespace, name: pod, workload };
}
