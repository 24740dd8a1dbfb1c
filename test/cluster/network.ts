import { type Network, openNetwork } from '../../lab/network/network.ts';

/** The node, in a network of its own. */
export const NODE = { name: 'node1', address: '10.99.0.2', tap: 'node1' } as const;
/** Address of the control plane, as seen from the node. */
export const GATEWAY = '10.99.0.1';

const POD_NETWORK = '10.244.0.0/24';

/**
 * A network namespace for the control plane, its clients and the emulator's tap. Removed at
 * disposal. The host's own network only gets one cable to it.
 */
export interface ClusterNetwork extends AsyncDisposable {
  readonly netns: string;
  /** Address of the namespace, as seen from the host. */
  readonly address: string;
  /** Address of the host, as seen from the namespace. */
  readonly machine: string;
}

export async function openClusterNetwork(): Promise<ClusterNetwork> {
  const network: Network = await openNetwork({ westIsHost: true });
  const { netns, addresses, run } = network.east;
  const steps = [
    'link add nodes type bridge',
    `address add ${GATEWAY}/24 dev nodes`,
    'link set nodes up',
    `tuntap add dev ${NODE.tap} mode tap`,
    `link set ${NODE.tap} master nodes up`,
    `route add ${POD_NETWORK} via ${NODE.address} dev nodes`,
  ];
  for (const step of steps) run(`ip ${step}`);
  return {
    netns,
    address: addresses[4],
    machine: network.west.addresses[4],
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  };
}
