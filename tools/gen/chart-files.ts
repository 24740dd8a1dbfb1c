/** Copies the rules and the dashboards into the chart, because helm reads no files outside of it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GeneratedFile } from './generated-file.ts';

const CHART = 'deploy/helm/vigia/files';
const COPIES = [
  { from: 'deploy/rules', to: `${CHART}/rules`, extension: '.yaml' },
  { from: 'deploy/dashboards', to: `${CHART}/dashboards`, extension: '.json' },
] as const;

export function generate(): GeneratedFile[] {
  return COPIES.flatMap(({ from, to, extension }) => {
    const wanted = filesIn(from, extension);
    const names = new Set([...wanted.keys(), ...filesIn(to, extension).keys()]);
    return [...names].map((name) => ({
      path: join(to, name),
      text: wanted.get(name),
      source: from,
    }));
  });
}

/** Texts by name; empty if the directory does not exist. */
function filesIn(directory: string, extension: string): ReadonlyMap<string, string> {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const files = names.filter((name) => name.endsWith(extension)).sort();
  return new Map(files.map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
}
