import { type Dashboard, IN_CLUSTER, type Panel, type Variable } from './grafana.ts';

const CHOSEN = `${IN_CLUSTER},namespace=~"$namespace",workload=~"$workload"`;
const WORKLOAD = '{{namespace}}/{{workload}}';
const TOP = 15;

const recorded = (what: string): string => `namespace_workload:vigia_${what}:rate5m{${CHOSEN}}`;
const busiest = (what: string): string => `topk(${TOP}, ${recorded(what)})`;

function panel(title: string, description: string, unit: string, expr: string): Panel {
  return { title, description, unit, queries: [{ expr, legend: WORKLOAD }] };
}

/** A panel of what is now, and of the most that was at this hour of seven days. */
function against(title: string, unit: string, what: string): Panel {
  return {
    title,
    description:
      'Beside it the most of this hour of the last seven days, known from the third day on.',
    unit,
    queries: [
      { expr: busiest(what), legend: WORKLOAD },
      {
        expr: `topk(${TOP}, namespace_workload:vigia_${what}:rate5m_max7d{${CHOSEN}})`,
        legend: `${WORKLOAD}, of seven days`,
      },
    ],
  };
}

const cpu: readonly Panel[] = [
  panel('CPUs in use', 'Summed over pods.', 'short', busiest('container_cpu_seconds')),
  panel(
    'Waiting for a CPU that others have',
    'Seconds a second, summed over tasks, less throttling by the own quota.',
    'short',
    busiest('container_cpu_contention_seconds'),
  ),
];

const network: readonly Panel[] = [
  panel(
    'Received',
    'Layer 3; payload of TCP where packets are not looked at.',
    'Bps',
    busiest('pod_network_receive_bytes'),
  ),
  against('Sent', 'Bps', 'pod_network_transmit_bytes'),
  against('Connections accepted', 'ops', 'pod_tcp_accepts'),
  panel('Connections opened', 'Attempts.', 'ops', busiest('pod_tcp_connects')),
  {
    ...panel(
      'Attempts that fail',
      'Of the connections that a workload tries to open.',
      'percentunit',
      `topk(${TOP}, ${recorded('pod_tcp_connect_failures')} / ${recorded('pod_tcp_connects')})`,
    ),
    max: 1,
    limits: [0.1, 0.5],
  },
  {
    title: 'TCP packets sent again, by pod',
    description: 'Retransmitted segments of all TCP packets that a pod sent.',
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
      'To port 53, in the clear. SERVFAIL stands for all codes but NOERROR and NXDOMAIN.',
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
  description: 'What the workloads of a namespace use, send and suffer.',
  variables,
  rows: [
    { title: 'CPU', panels: cpu },
    { title: 'Network', panels: network },
  ],
};
