import { type Dashboard, IN_CLUSTER, type Panel } from './grafana.ts';

const POD = `${IN_CLUSTER},namespace="$namespace",pod="$pod"`;

/** Rates of one pod. On plain hosts, the sum over all hosts with that unit. */
const rates = (counter: string, ...labels: readonly string[]): string =>
  `sum by (${labels.join(', ')}) (rate(${counter}{${POD}}[$__rate_interval]))`;

const byContainer = (title: string, description: string, counter: string): Panel => ({
  title,
  description,
  unit: 'short',
  queries: [{ expr: rates(counter, 'container'), legend: '{{container}}' }],
});

const traffic = (title: string, unit: string, stem: string): Panel => ({
  title,
  description: 'Layer 3, before IP fragmentation, without loopback.',
  unit,
  queries: ['receive', 'transmit'].map((way) => ({
    expr: rates(`vigia_pod_network_${way}_${stem}_total`, 'protocol'),
    legend: `${way} {{protocol}}`,
  })),
});

const about: Panel = {
  title: 'Metadata',
  description: 'One row per node, if several nodes have this pod or unit.',
  unit: 'short',
  kind: 'table',
  width: 24,
  queries: [
    {
      expr: `group by (cluster, node, namespace, pod, uid, host_network, owner_kind, owner_name) (vigia_pod_info{${POD}})`,
      legend: '',
    },
  ],
};

const cpu: readonly Panel[] = [
  byContainer('CPUs in use', 'CPUs used, by container.', 'vigia_container_cpu_seconds_total'),
  byContainer(
    'Waiting for a CPU',
    'Seconds per second that tasks waited for a CPU. Includes throttling.',
    'vigia_container_cpu_wait_seconds_total',
  ),
  byContainer(
    'Throttled',
    'Seconds per second that the quota of the container throttled it. Empty without a quota.',
    'vigia_container_cpu_throttled_seconds_total',
  ),
  byContainer(
    'Preemptions',
    'Involuntary context switches per second: a task lost its CPU while it could still run.',
    'vigia_container_cpu_preemptions_total',
  ),
];

const network: readonly Panel[] = [
  traffic('Bytes', 'Bps', 'bytes'),
  traffic('Packets', 'pps', 'packets'),
  {
    title: 'TCP',
    description: 'Events per second. Includes loopback.',
    unit: 'ops',
    queries: ['connects', 'accepts', 'connect_failures', 'resets', 'retransmits'].map((what) => ({
      expr: `sum(rate(vigia_pod_tcp_${what}_total{${POD}}[$__rate_interval]))`,
      legend: what,
    })),
  },
  {
    title: 'TCP connect latency',
    description: 'Mean time from SYN to ESTABLISHED.',
    unit: 's',
    queries: [
      {
        expr: `sum(rate(vigia_pod_tcp_connect_seconds_total{${POD}}[$__rate_interval])) / (sum(rate(vigia_pod_tcp_connects_total{${POD}}[$__rate_interval])) - sum(rate(vigia_pod_tcp_connect_failures_total{${POD}}[$__rate_interval])))`,
        legend: 'mean',
      },
    ],
  },
  {
    title: 'DNS queries by outcome',
    description: 'Unencrypted queries to port 53. Empty before the first query.',
    unit: 'ops',
    queries: [{ expr: rates('vigia_pod_dns_queries_total', 'outcome'), legend: '{{outcome}}' }],
  },
  {
    title: 'DNS latency',
    description: 'Mean time from query to answer.',
    unit: 's',
    queries: [
      {
        expr: `sum(rate(vigia_pod_dns_wait_seconds_total{${POD}}[$__rate_interval])) / sum(rate(vigia_pod_dns_queries_total{${POD},outcome!="timeout"}[$__rate_interval]))`,
        legend: 'mean',
      },
    ],
  },
];

const mining: Panel = {
  title: 'Mining score',
  description: '50 is suspicious, 80 raises an alert. Empty without evidence.',
  unit: 'short',
  max: 100,
  limits: [50, 80],
  width: 24,
  queries: [{ expr: `max(vigia_pod_mining_score{${POD}})`, legend: 'score' }],
};

export const podDashboard: Dashboard = {
  uid: 'vigia-pod',
  title: 'Vigia / Pod',
  description: 'One pod, unit or container.',
  variables: [
    {
      name: 'namespace',
      label: 'Namespace',
      query: `label_values(vigia_pod_info{${IN_CLUSTER}}, namespace)`,
    },
    {
      name: 'pod',
      label: 'Pod',
      query: `label_values(vigia_pod_info{${IN_CLUSTER},namespace="$namespace"}, pod)`,
    },
  ],
  rows: [
    { title: 'Pod', panels: [about] },
    { title: 'CPU', panels: cpu },
    { title: 'Network', panels: network },
    { title: 'Mining', panels: [mining] },
  ],
};
