import { type Network, openNetwork } from '../../lab/network/network.ts';

/** Where the node is, in a network that only the cluster has. */
export const NODE = { name: 'node1', address: '10.99.0.2', tap: 'node1' } as const;
/** Where the control plane is, as the node sees it. */
export const GATEWAY = '10.99.0.1';

const POD_NETWORK = '10.244.0.0/24';

/**
 * A network namespace for a control plane, what asks it and an emulator's tap. Disposed, it is gone:
 * nothing is added to the machine's own network but a cable to it.
 */
export interface ClusterNetwork extends AsyncDisposable {
  readonly netns: string;
  /** Of the namespace, as seen from the machine. */
  readonly address: string;
  /** Of the machine, as seen from the namespace. */
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
