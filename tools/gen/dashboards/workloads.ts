import { type Dashboard, IN_CLUSTER, type Panel, type Variable } from './grafana.ts';

const CHOSEN = `${IN_CLUSTER},namespace=~"$namespace",workload=~"$workload"`;
const WORKLOAD = '{{namespace}}/{{workload}}';
const TOP = 15;

const recorded = (what: string): string => `namespace_workload:vigia_${what}:rate5m{${CHOSEN}}`;
const busiest = (what: string): string => `topk(${TOP}, ${recorded(what)})`;

function panel(title: string, description: string, unit: string, expr: string): Panel {
  return { title, description, unit, queries: [{ expr, legend: WORKLOAD }] };
}

/** A panel with the current rate, and the maximum at this hour in the last seven days. */
function against(title: string, unit: string, what: string): Panel {
  return {
    title,
    description:
      'With the maximum at this hour in the last seven days, which is known from the third day on.',
    unit,
    queries: [
      { expr: busiest(what), legend: WORKLOAD },
      {
        expr: `topk(${TOP}, namespace_workload:vigia_${what}:rate5m_max7d{${CHOSEN}})`,
        legend: `${WORKLOAD}, maximum of seven days`,
      },
    ],
  };
}

const cpu: readonly Panel[] = [
  panel('CPUs in use', 'CPUs used, summed over pods.', 'short', busiest('container_cpu_seconds')),
  panel(
    'CPU contention',
    'Seconds per second that tasks waited for a CPU, without throttling by their own quota.',
    'short',
    busiest('container_cpu_contention_seconds'),
  ),
];

const network: readonly Panel[] = [
  panel(
    'Received',
    'Layer 3 bytes. With VIGIA_PACKETS=off, TCP payload.',
    'Bps',
    busiest('pod_network_receive_bytes'),
  ),
  against('Sent', 'Bps', 'pod_network_transmit_bytes'),
  against('Connections accepted', 'ops', 'pod_tcp_accepts'),
  panel('Connections opened', 'TCP connection attempts.', 'ops', busiest('pod_tcp_connects')),
  {
    ...panel(
      'Failed connection attempts',
      'Share of the TCP connection attempts of a workload.',
      'percentunit',
      `topk(${TOP}, ${recorded('pod_tcp_connect_failures')} / ${recorded('pod_tcp_connects')})`,
    ),
    max: 1,
    limits: [0.1, 0.5],
  },
  {
    title: 'TCP retransmits by pod',
    description: 'Retransmitted segments, as a share of all TCP packets that the pod sent.',
    unit: 'percentunit',
    limits: [0.01, 0.05],
    queries: [
      {
        expr: `topk(${TOP}, node_namespace_pod:vigia_pod_tcp_retransmits:rate5m{${CHOSEN}} / node_namespace_pod:vigia_pod_tcp_transmit_packets:rate5m{${CHOSEN}})`,
        legend: '{{namespace}}/{{pod}}',
      },
    ],
  },
  {
    title: 'DNS queries by outcome',
    description:
      'Unencrypted queries to port 53. SERVFAIL includes all codes except NOERROR and NXDOMAIN.',
    unit: 'ops',
    queries: [
      {
        expr: `sum by (outcome) (namespace_workload_outcome:vigia_pod_dns_queries:rate5m{${CHOSEN}})`,
        legend: '{{outcome}}',
      },
    ],
  },
];

const variables: readonly Variable[] = [
  {
    name: 'namespace',
    label: 'Namespace',
    query: `label_values(namespace_workload_pod:vigia_pod_info:relabel{${IN_CLUSTER}}, namespace)`,
    isMany: true,
  },
  {
    name: 'workload',
    label: 'Workload',
    query: `label_values(namespace_workload_pod:vigia_pod_info:relabel{${IN_CLUSTER},namespace=~"$namespace"}, workload)`,
    isMany: true,
  },
];

export const workloadsDashboard: Dashboard = {
  uid: 'vigia-workloads',
  title: 'Vigia / Workloads',
  description: 'CPU time, traffic and errors of the workloads of a namespace.',
  variables,
  rows: [
    { title: 'CPU', panels: cpu },
    { title: 'Network', panels: network },
  ],
};
