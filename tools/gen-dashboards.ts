/**
 * Generates Grafana's dashboards.
 *
 *   node tools/gen-dashboards.ts [--check]
 */
import { agentDashboard } from './dashboards/agent.ts';
import { dashboardJson } from './dashboards/grafana.ts';
import { miningDashboard } from './dashboards/mining.ts';
import { nodeDashboard } from './dashboards/node.ts';
import { podDashboard } from './dashboards/pod.ts';
import { workloadsDashboard } from './dashboards/workloads.ts';
import { keepGenerated } from './keep-generated.ts';

const DIRECTORY = 'deploy/dashboards';
const DASHBOARDS = [
  nodeDashboard,
  workloadsDashboard,
  podDashboard,
  miningDashboard,
  agentDashboard,
];

try {
  const isCheck = process.argv.includes('--check');
  for (const dashboard of DASHBOARDS) {
    const path = `${DIRECTORY}/${dashboard.uid}.json`;
    keepGenerated(path, dashboardJson(dashboard), { source: 'tools/dashboards', isCheck });
  }
} catch (err) {
  process.stderr.write(`gen-dashboards: ${err instanceof Error ? err.message : String(err)}\n`);
  process.exitCode = 1;
}
