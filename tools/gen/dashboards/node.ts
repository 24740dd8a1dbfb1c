import { type Dashboard, IN_CLUSTER, type Panel } from './grafana.ts';

const ON_NODE = `${IN_CLUSTER},instance=~"$instance"`;
const BY_RULE = `${IN_CLUSTER},node="$node"`;
const TOP = 10;

/** The busiest pods by the rate of a counter of pods or containers. */
const busiest = (counter: string): string =>
  `topk(${TOP}, sum by (namespace, pod) (rate(${counter}{${ON_NODE}}[$__rate_interval])))`;
const total = (counter: string): string => `sum(rate(${counter}{${ON_NODE}}[$__rate_interval]))`;
const POD = '{{namespace}}/{{pod}}';

const cpu: readonly Panel[] = [
  {
    title: 'CPU by pod',
    description: `CPUs used by the ${TOP} busiest pods. Without a kubelet: units and containers.`,
    unit: 'short',
    isStacked: true,
    queries: [
      { expr: busiest('vigia_container_cpu_seconds_total'), legend: POD },
      { expr: total('vigia_unattributed_cpu_seconds_total'), legend: 'no pod' },
    ],
  },
  {
    title: 'CPU contention by pod',
    description:
      'Seconds per second that tasks waited for a CPU, without throttling by their own quota.',
    unit: 'short',
    queries: [
      {
        expr: `topk(${TOP}, sum by (namespace, pod) (node_namespace_pod_container:vigia_container_cpu_contention_seconds:rate5m{${BY_RULE}}))`,
        legend: POD,
      },
    ],
  },
  {
    title: 'Waiting time for a CPU',
    description: 'Quantiles over all tasks of the node. Includes throttling.',
    unit: 's',
    queries: [0.5, 0.99].map((quantile) => ({
      expr: `histogram_quantile(${quantile}, sum by (le) (rate(vigia_node_cpu_wait_latency_seconds_bucket{${ON_NODE}}[$__rate_interval])))`,
      legend: `p${quantile * 100}`,
    })),
  },
  {
    title: 'Preemptions',
    description: 'Involuntary context switches: a task lost its CPU while it could still run.',
    unit: 'ops',
    queries: [{ expr: busiest('vigia_container_cpu_preemptions_total'), legend: POD }],
  },
];

const network: readonly Panel[] = [
  {
    title: 'Received by pod',
    description: 'Layer 3 bytes, without loopback.',
    unit: 'Bps',
    isStacked: true,
    queries: [
      { expr: busiest('vigia_pod_network_receive_bytes_total'), legend: POD },
      { expr: total('vigia_unattributed_network_receive_bytes_total'), legend: 'no pod' },
    ],
  },
  {
    title: 'Sent by pod',
    description: 'Layer 3 bytes, without loopback.',
    unit: 'Bps',
    isStacked: true,
    queries: [
      { expr: busiest('vigia_pod_network_transmit_bytes_total'), legend: POD },
      { expr: total('vigia_unattributed_network_transmit_bytes_total'), legend: 'no pod' },
    ],
  },
  {
    title: 'TCP connections',
    description: 'Includes loopback.',
    unit: 'ops',
    queries: ['connects', 'accepts', 'connect_failures', 'resets'].map((what) => ({
      expr: total(`vigia_node_tcp_${what}_total`),
      legend: what,
    })),
  },
  {
    title: 'TCP retransmits',
    description: 'Retransmitted segments, as a share of all TCP packets sent.',
    unit: 'percentunit',
    limits: [0.01, 0.05],
    queries: [
      {
        expr: `${total('vigia_node_tcp_retransmits_total')} / sum(rate(vigia_node_network_transmit_packets_total{${ON_NODE},protocol="tcp"}[$__rate_interval]))`,
        legend: 'node',
      },
    ],
  },
  {
    title: 'DNS queries by outcome',
    description: 'Unencrypted queries to port 53.',
    unit: 'ops',
    queries: [
      {
        expr: `sum by (outcome) (rate(vigia_node_dns_queries_total{${ON_NODE}}[$__rate_interval]))`,
        legend: '{{outcome}}',
      },
    ],
  },
  {
    title: 'Loopback',
    description:
      'Bytes received on loopback, by all cgroups together. Not included in other panels.',
    unit: 'Bps',
    queries: [
      {
        expr: `sum by (protocol) (rate(vigia_node_loopback_receive_bytes_total{${ON_NODE}}[$__rate_interval]))`,
        legend: '{{protocol}}',
      },
    ],
  },
];

export const nodeDashboard: Dashboard = {
  uid: 'vigia-node',
  title: 'Vigia / Node',
  description: 'CPU time, waiting time and traffic of one node, by pod.',
  variables: [
    {
      name: 'node',
      label: 'Node',
      query: `label_values(namespace_workload_pod:vigia_pod_info:relabel{${IN_CLUSTER}}, node)`,
    },
    {
      name: 'instance',
      label: 'Instance',
      query: `label_values(namespace_workload_pod:vigia_pod_info:relabel{${IN_CLUSTER},node="$node"}, instance)`,
      isMany: true,
      isHidden: true,
    },
  ],
  rows: [
    { title: 'CPU', panels: cpu },
    { title: 'Network', panels: network },
  ],
};
