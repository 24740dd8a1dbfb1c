import { absolutePath, cgroupPath, integer, networks, oneOf, type Setting } from './values.ts';

/** What a node is told of the cluster that it is in. */
export interface ClusterConfig {
  readonly kubernetes: 'auto' | 'off';
  readonly kubeconfig?: string;
  readonly kubeletRoot?: string;
  readonly peers: 'node' | 'cluster';
  readonly maxPeers: number;
  readonly zoneNetworks?: readonly string[];
  readonly regionNetworks?: readonly string[];
  readonly clusterNetworks?: readonly string[];
  readonly natNetworks?: readonly string[];
}

/** What the usual heap has room for: bin/vigia. */
const DEFAULT_MAX_PEERS = 20_000;

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
    help: 'Which peers are shown by name: pods of this node, or all pods, Services and nodes of the cluster (needs the Kubernetes API). The API server then sends each change of any pod to every node: with more than some 500 nodes keep node, and name zones with --zone-networks and the like.',
    wants: 'node or cluster',
    parse: oneOf(['node', 'cluster']),
  },
  maxPeers: {
    name: 'max-peers',
    fallback: String(DEFAULT_MAX_PEERS),
    help: 'Maximum number of pods of the cluster that are kept with --peers=cluster; half as many Services, a quarter as many nodes. Peers beyond it appear with their addresses, and are counted. The heap grows by 2.5 MB for each 1,000: a memory limit has to follow.',
    wants: 'a whole number from 1000 to 1000000',
    parse: integer(1000, 1_000_000),
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
  natNetworks: {
    name: 'nat-networks',
    fallbackNote: 'none',
    help: 'Networks of pods and nodes here whose connections to the internet go through a NAT gateway, such as private subnets of a cloud: with --egress=opencost they are counted apart, as nat_gateway="true". One list does for all nodes. The addresses are those that pods have themselves, before a node translates them.',
    wants: 'networks apart by commas, such as 10.1.0.0/16',
    parse: networks,
  },
};
