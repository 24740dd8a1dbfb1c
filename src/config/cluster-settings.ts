import type { Setting } from './setting.ts';
import { absolutePath, cgroupPath, networks, oneOf } from './values.ts';

/** What a node is told of the cluster that it is in. */
export interface ClusterConfig {
  readonly kubernetes: 'auto' | 'off';
  readonly kubeconfig?: string;
  readonly kubeletRoot?: string;
  readonly peers: 'node' | 'cluster';
  readonly zoneNetworks?: readonly string[];
  readonly regionNetworks?: readonly string[];
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
  kubeletRoot: {
    name: 'kubelet-root',
    fallbackNote: 'found by its name, where only root can have made it',
    help: 'Cgroup in which the kubelet keeps its pods. A cgroup elsewhere is never a pod, whatever its name. Needed where the kubelet runs in a container, or as a user.',
    wants:
      'the path of a cgroup from the mount of cgroup v2, such as /kubelet.slice/kubelet-kubepods.slice',
    parse: cgroupPath,
  },
  peers: {
    name: 'peers',
    fallback: 'node',
    help: 'Whose names are known of those that pods talk to: the pods of this node, or all pods, Services and nodes of the cluster, which takes the Kubernetes API and up to 2.5 MB of memory for each 1,000 pods.',
    wants: 'node or cluster',
    parse: oneOf(['node', 'cluster']),
  },
  zoneNetworks: {
    name: 'zone-networks',
    fallbackNote: 'none',
    help: 'Networks in the zone of this node: peers in them are of the class zone.',
    wants: 'networks apart by commas, such as 10.1.0.0/20',
    parse: networks,
  },
  regionNetworks: {
    name: 'region-networks',
    fallbackNote: 'none',
    help: 'Networks in the region of this node: peers in them, and not in its zone, are of the class region.',
    wants: 'networks apart by commas, such as 10.1.0.0/16',
    parse: networks,
  },
  clusterNetworks: {
    name: 'cluster-networks',
    fallbackNote: 'none',
    help: "The cluster's networks of nodes, pods and services: peers in them are of the class cluster.",
    wants: 'networks apart by commas, such as 10.42.0.0/16,fd00:10::/32',
    parse: networks,
  },
};
