import { type Dashboard, IN_CLUSTER, type Panel } from './grafana.ts';

const CHOSEN = `${IN_CLUSTER},namespace=~"$namespace"`;
const SCORE = `node_namespace_pod:vigia_pod_mining_score:max{${CHOSEN}}`;
const POD = '{{namespace}}/{{pod}} on {{node}}';

const count = (title: string, description: string, expr: string): Panel => ({
  title,
  description,
  unit: 'short',
  kind: 'stat',
  width: 8,
  limits: [1, 1],
  queries: [{ expr: `count(${expr}) or vector(0)`, legend: 'pods' }],
});

const now: readonly Panel[] = [
  count('Mining', 'Pods with a score of 80 or higher.', `${SCORE} >= 80`),
  count('Suspicious', 'Pods with a score of 50 to 79.', `80 > ${SCORE} >= 50`),
  count(
    'With evidence of two kinds',
    'Pods with a score of 80 or higher and evidence of at least two kinds (CPU, network, program, machine).',
    `${SCORE} >= 80 and on (cluster, node, namespace, pod) node_namespace_pod:vigia_pod_mining_evidence:count_kinds{${CHOSEN}} >= 2`,
  ),
  {
    title: 'Score',
    description: 'All pods with evidence. `vigia findings` shows the details.',
    unit: 'short',
    kind: 'table',
    queries: [{ expr: SCORE, legend: '' }],
  },
  {
    title: 'Evidence',
    description: 'Signals by pod. docs/mining.md explains each signal.',
    unit: 'short',
    kind: 'table',
    queries: [
      {
        expr: `sum by (cluster, namespace, pod, signal) (vigia_pod_mining_evidence_total{${CHOSEN}})`,
        legend: '',
      },
    ],
  },
];

const past: readonly Panel[] = [
  {
    title: 'Score over time',
    description: 'A peak holds for 15 minutes, then decreases.',
    unit: 'short',
    max: 100,
    limits: [50, 80],
    queries: [{ expr: `topk(20, ${SCORE})`, legend: POD }],
  },
  {
    title: 'Observations',
    description: 'Rate of observations, by signal.',
    unit: 'ops',
    queries: [
      {
        expr: `sum by (namespace, pod, signal) (rate(vigia_pod_mining_evidence_total{${CHOSEN}}[$__rate_interval]))`,
        legend: '{{namespace}}/{{pod}} {{signal}}',
      },
    ],
  },
  {
    title: 'CPU of pods with evidence',
    description: 'The usage of a miner is constant, day and night.',
    unit: 'short',
    width: 24,
    queries: [
      {
        expr: `sum by (node, namespace, pod) (node_namespace_pod_container:vigia_container_cpu_seconds:rate5m{${CHOSEN}}) and on (node, namespace, pod) ${SCORE}`,
        legend: POD,
      },
    ],
  },
];

export const miningDashboard: Dashboard = {
  uid: 'vigia-mining',
  title: 'Vigia / Mining',
  description: 'Pods that appear to mine cryptocurrency, with the evidence.',
  variables: [
    {
      name: 'namespace',
      label: 'Namespace',
      query: `label_values(vigia_pod_mining_score{${IN_CLUSTER}}, namespace)`,
      isMany: true,
    },
  ],
  rows: [
    { title: 'Now', panels: now },
    { title: 'Past', panels: past },
  ],
};
