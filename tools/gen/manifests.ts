/** Renders deploy/manifests from the chart, for use without helm. Uses helm at build/tools. */
import { execFileSync } from 'node:child_process';
import type { GeneratedFile } from './generated-file.ts';

const CHART = 'deploy/helm/vigia';
const OUTPUT = 'deploy/manifests/vigia.yaml';
const VALUES = 'deploy/manifests/values.yaml';

const HEAD = `# Rendered from ${CHART} with ${VALUES} by "make gen". DO NOT EDIT.\n`;

export function generate(): GeneratedFile[] {
  const flags = ['--namespace=vigia', '--skip-tests', `--values=${VALUES}`];
  const rendered = execFileSync('build/tools/helm', ['template', 'vigia', CHART, ...flags], {
    encoding: 'utf8',
  });
  return [{ path: OUTPUT, text: HEAD + withoutHelm(rendered), source: `${CHART} with ${VALUES}` }];
}

/** Removes helm's labels from the objects. */
function withoutHelm(yaml: string): string {
  return yaml
    .split('\n')
    .filter((line) => !/^\s*(?:helm\.sh\/chart|app\.kubernetes\.io\/managed-by):/.test(line))
    .join('\n');
}
