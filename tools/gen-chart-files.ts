/**
 * Copies the rules and the dashboards into the chart, as helm reads nothing outside of it.
 *
 *   node tools/gen-chart-files.ts [--check]
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const CHART = 'deploy/helm/vigia/files';
const COPIES = [
  { from: 'deploy/rules', to: `${CHART}/rules`, extension: '.yaml' },
  { from: 'deploy/dashboards', to: `${CHART}/dashboards`, extension: '.json' },
] as const;

function main(isCheck: boolean): void {
  for (const { from, to, extension } of COPIES) {
    const wanted = filesIn(from, extension);
    const present = filesIn(to, extension);
    const odd = [...new Set([...wanted.keys(), ...present.keys()])].filter(
      (name) => wanted.get(name) !== present.get(name),
    );
    if (isCheck && odd.length > 0)
      throw new Error(`${to} does not match ${from} (${odd.join(', ')}): run make gen and commit`);
    for (const name of odd) put(join(to, name), wanted.get(name));
  }
}

/** Texts by name; none where there is no such directory. */
function filesIn(directory: string, extension: string): ReadonlyMap<string, string> {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const files = names.filter((name) => name.endsWith(extension)).sort();
  return new Map(files.map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
}

function put(path: string, text: string | undefined): void {
  mkdirSync(dirname(path), { recursive: true });
  if (text === undefined) rmSync(path);
  else writeFileSync(path, text);
}

main(process.argv.includes('--check'));
