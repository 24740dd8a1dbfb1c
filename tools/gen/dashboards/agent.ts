import { type Dashboard, IN_CLUSTER, type Panel } from './grafana.ts';

const CHOSEN = `${IN_CLUSTER},instance=~"$instance"`;
/** Limits process metrics to Vigia, because other programs have metrics of the same names. */
const OWN = `and on (instance) vigia_build_info{${CHOSEN}}`;
const INSTANCE = '{{instance}}';

function panel(title: string, description: string, unit: string, expr: string): Panel {
  return { title, description, unit, queries: [{ expr, legend: INSTANCE }] };
}

const fresh: readonly Panel[] = [
  {
    title: 'Versions',
    description: 'Number of scraped instances, by version.',
    unit: 'short',
    kind: 'stat',
    queries: [{ expr: `count by (version) (vigia_build_info{${CHOSEN}})`, legend: '{{version}}' }],
  },
  {
    ...panel(
      'Age of the snapshot',
      'Time since the kernel tables were last read.',
      's',
      `time() - vigia_snapshot_timestamp_seconds{${CHOSEN}}`,
    ),
    limits: [60, 120],
  },
  panel(
    'Duration of a tick, p99',
    'From the start of a tick to its snapshot.',
    's',
    `histogram_quantile(0.99, sum by (le, instance) (rate(vigia_tick_duration_seconds_bucket{${CHOSEN}}[$__rate_interval])))`,
  ),
  panel(
    'Failed ticks',
    'The last good snapshot stays in use.',
    'ops',
    `rate(vigia_tick_failures_total{${CHOSEN}}[$__rate_interval])`,
  ),
];

const whole: readonly Panel[] = [
  {
    title: 'Lost events',
    description:
      'Events that were not counted, or were counted in the wrong row. See the runbook of VigiaLoss.',
    unit: 'ops',
    queries: [
      {
        expr: `sum by (table, reason) (rate(vigia_lost_total{${CHOSEN}}[$__rate_interval])) > 0`,
        legend: '{{table}}: {{reason}}',
      },
    ],
  },
  {
    title: 'Kernel tables',
    description: 'Entries in use, as a share of the maximum.',
    unit: 'percentunit',
    max: 1,
    limits: [0.75, 0.9],
    queries: [
      {
        expr: `vigia_bpf_map_entries{${CHOSEN}} / vigia_bpf_map_max_entries{${CHOSEN}}`,
        legend: `${INSTANCE} {{map}}`,
      },
    ],
  },
  {
    title: 'Unattributed usage',
    description: 'Share of the CPU time and of the bytes of the node that belongs to no pod.',
    unit: 'percentunit',
    max: 1,
    queries: ['cpu_seconds', 'network_bytes'].map((what) => ({
      expr: `instance:vigia_unattributed_${what}:rate5m{${CHOSEN}} / instance:vigia_node_${what}:rate5m{${CHOSEN}}`,
      legend: `${INSTANCE} ${what}`,
    })),
  },
  {
    title: 'Series',
    description: 'Series reserved for pods, containers and namespaces, and series left out.',
    unit: 'short',
    queries: [
      { expr: `vigia_series{${CHOSEN}}`, legend: INSTANCE },
      { expr: `vigia_series_dropped_total{${CHOSEN}}`, legend: `${INSTANCE}, left out` },
    ],
  },
  {
    ...panel(
      'Watches of the Kubernetes API',
      '1 where names are current. Empty where the API is not asked.',
      'short',
      `vigia_kubernetes_watch_up{${CHOSEN}}`,
    ),
    max: 1,
    queries: [{ expr: `vigia_kubernetes_watch_up{${CHOSEN}}`, legend: `${INSTANCE} {{resource}}` }],
  },
];

const cost: readonly Panel[] = [
  panel(
    'CPU of the daemon',
    'CPUs used by the daemon in user space.',
    'short',
    `rate(process_cpu_seconds_total{${CHOSEN}}[$__rate_interval]) ${OWN}`,
  ),
  panel(
    'Memory of the daemon',
    'Resident memory.',
    'bytes',
    `process_resident_memory_bytes{${CHOSEN}} ${OWN}`,
  ),
  {
    title: 'Runs of kernel programs',
    description: 'Runs per second, by program. docs/cost.md lists the cost of a run.',
    unit: 'ops',
    width: 24,
    queries: [
      {
        expr: `sum by (program) (rate(vigia_bpf_program_runs_total{${CHOSEN}}[$__rate_interval]))`,
        legend: '{{program}}',
      },
    ],
  },
];

export const agentDashboard: Dashboard = {
  uid: 'vigia-agent',
  title: 'Vigia / Agent',
  description: 'Freshness, completeness and cost of Vigia itself.',
  variables: [
    {
      name: 'instance',
      label: 'Instance',
      query: `label_values(vigia_build_info{${IN_CLUSTER}}, instance)`,
      isMany: true,
    },
  ],
  rows: [
    { title: 'Freshness', panels: fresh },
    { title: 'Completeness', panels: whole },
    { title: 'Cost', panels: cost },
  ],
};
