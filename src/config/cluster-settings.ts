import type { Setting } from './setting.ts';
import { absolutePath, networks, oneOf } from './values.ts';

/** What a node is told of the cluster that it is in. */
export interface ClusterConfig {
  readonly kubernetes: 'auto' | 'off';
  readonly kubeconfig?: string;
  readonly clusterNetworks?: readonly string[];
}

export const clusterSettings: {
  readonly [Key in keyof Required<ClusterConfig>]: Setting<Required<ClusterConfig>[Key]>;
} = {
  kubernetes: {
    name: 'kubernetes',
    fallback: 'auto',
    help: 'Whether the Kubernetes API is asked for the names of pods: in a pod with a service account, or with --kubeconfig.',
    wants: 'auto or off',
    parse: oneOf(['auto', 'off']),
  },
  kubeconfig: {
    name: 'kubeconfig',
    fallbackNote: "the pod's own service account",
    help: "How the Kubernetes API is reached: a file that the daemon's user can read. Its current context counts; KUBECONFIG does not.",
    wants: 'an absolute path, such as /etc/vigia/kubeconfig',
    parse: absolutePath,
  },
  clusterNetworks: {
    name: 'cluster-networks',
    fallbackNote: 'none',
    help: "The cluster's networks of nodes, pods and services: peers in them are of the class cluster.",
    wants: 'networks apart by commas, such as 10.42.0.0/16,fd00:10::/32',
    parse: networks,
  },
};
