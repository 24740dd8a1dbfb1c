/** Generates the Grafana dashboards. */
import { agentDashboard } from './dashboards/agent.ts';
import { dashboardJson } from './dashboards/grafana.ts';
import { miningDashboard } from './dashboards/mining.ts';
import { nodeDashboard } from './dashboards/node.ts';
import { podDashboard } from './dashboards/pod.ts';
import { workloadsDashboard } from './dashboards/workloads.ts';
import type { GeneratedFile } from './generated-file.ts';

const DIRECTORY = 'deploy/dashboards';
const DASHBOARDS = [
  nodeDashboard,
  workloadsDashboard,
  podDashboard,
  miningDashboard,
  agentDashboard,
];

export function generate(): GeneratedFile[] {
  return DASHBOARDS.map((dashboard) => ({
    path: `${DIRECTORY}/${dashboard.uid}.json`,
    text: dashboardJson(dashboard),
    source: 'tools/gen/dashboards',
  }));
}
