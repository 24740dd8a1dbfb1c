import { absolutePath, cgroupPath, integer, networks, oneOf, type Setting } from './values.ts';

/** Settings about the cluster that the node is in. */
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

/** Fits the default heap that bin/vigia sets. */
const DEFAULT_MAX_PEERS = 20_000;

export const clusterSettings: {
  readonly [Key in keyof Required<ClusterConfig>]: Setting<Required<ClusterConfig>[Key]>;
} = {
  kubernetes: {
    name: 'kubernetes',
    fallback: 'auto',
    help:
      'Whether to read pod names from the Kubernetes API. auto: in a pod with a service ' +
      'account, or with --kubeconfig.',
    expected: 'auto or off',
    parse: oneOf(['auto', 'off']),
  },
  kubeconfig: {
    name: 'kubeconfig',
    fallbackNote: "the pod's own service account",
    help:
      "Kubeconfig file for the Kubernetes API. The daemon's user must be able to read it. " +
      'Its current context is used; the KUBECONFIG variable is ignored.',
    expected: 'an absolute path, such as /etc/vigia/kubeconfig',
    parse: absolutePath,
  },
  kubeletRoot: {
    name: 'kubelet-root',
    fallbackNote: 'found by name, among cgroups that only root could create',
    help:
      'Cgroup below which the kubelet creates its pods. A cgroup elsewhere is never treated ' +
      'as a pod, whatever its name. Needed if the kubelet runs in a container or as a user ' +
      'other than root.',
    expected:
      'the path of a cgroup below the cgroup v2 mount, such as ' +
      '/kubelet.slice/kubelet-kubepods.slice',
    parse: cgroupPath,
  },
  peers: {
    name: 'peers',
    fallback: 'node',
    help:
      'Which peers are shown by name. node: pods on this node only. cluster: all pods, ' +
      'Services and nodes of the cluster (needs the Kubernetes API). With cluster, the API ' +
      'server sends every change of every pod to every node: in clusters of more than about ' +
      '500 nodes, keep node and name the zones with --zone-networks and the related ' +
      'settings.',
    expected: 'node or cluster',
    parse: oneOf(['node', 'cluster']),
  },
  maxPeers: {
    name: 'max-peers',
    fallback: String(DEFAULT_MAX_PEERS),
    help:
      'Maximum number of pods of the cluster that --peers=cluster keeps; half as many ' +
      'Services, and a quarter as many nodes. Further peers appear with their addresses, ' +
      'and are counted. The heap grows by 2.5 MB per 1,000, so raise the memory limit with ' +
      'it.',
    expected: 'a whole number from 1000 to 1000000',
    parse: integer(1000, 1_000_000),
  },
  zoneNetworks: {
    name: 'zone-networks',
    fallbackNote: 'none',
    help: 'Networks in the zone of this node. Peers in them have the class zone.',
    expected: 'comma-separated networks, such as 10.1.0.0/20',
    parse: networks,
  },
  regionNetworks: {
    name: 'region-networks',
    fallbackNote: 'none',
    help:
      'Networks in the region of this node. Peers in them, but not in its zone, have the ' +
      'class region.',
    expected: 'comma-separated networks, such as 10.1.0.0/16',
    parse: networks,
  },
  clusterNetworks: {
    name: 'cluster-networks',
    fallbackNote: 'none',
    help:
      "Networks of the cluster's nodes, pods and Services. Peers in them have the class " +
      'cluster.',
    expected: 'comma-separated networks, such as 10.42.0.0/16,fd00:10::/32',
    parse: networks,
  },
  natNetworks: {
    name: 'nat-networks',
    fallbackNote: 'none',
    help:
      'Networks of pods and nodes whose connections to the internet go through a NAT ' +
      'gateway, such as private subnets of a cloud. With --egress=opencost their traffic is ' +
      'counted separately, as nat_gateway="true". One list works for all nodes. Name the ' +
      'addresses that the pods have themselves, before a node translates them.',
    expected: 'comma-separated networks, such as 10.1.0.0/16',
    parse: networks,
  },
};
