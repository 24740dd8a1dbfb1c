/**
 * Writes every generated file. With --check it writes nothing, and fails with the names of outdated
 * ones.
 *
 *   node tools/gen/main.ts [--check]
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { GeneratedFile, Generator } from './generated-file.ts';

/** In order: a generator may import or read the output of an earlier one. */
const GENERATORS: readonly (() => Promise<{ readonly generate: Generator }>)[] = [
  () => import('./wire.ts'),
  () => import('./proto.ts'),
  () => import('./metrics-docs.ts'),
  () => import('./config-docs.ts'),
  () => import('./env-file.ts'),
  () => import('./mining-docs.ts'),
  () => import('./dashboard-files.ts'),
  () => import('./sbom.ts'),
  () => import('./chart-files.ts'),
  () => import('./chart-docs.ts'),
  () => import('./manifests.ts'),
];

async function main(isCheck: boolean): Promise<void> {
  const stale: GeneratedFile[] = [];
  for (const generator of GENERATORS) {
    const { generate } = await generator();
    for (const file of await generate()) {
      if (isCurrent(file)) continue;
      if (isCheck) stale.push(file);
      else write(file);
    }
  }
  if (stale.length === 0) return;
  for (const { path, source } of stale)
    console.error(`${path} does not match ${source}: run make gen and commit the result`);
  process.exitCode = 1;
}

function isCurrent({ path, text }: GeneratedFile): boolean {
  return (existsSync(path) ? readFileSync(path, 'utf8') : undefined) === text;
}

function write({ path, text }: GeneratedFile): void {
  mkdirSync(dirname(path), { recursive: true });
  if (text === undefined) rmSync(path);
  else writeFileSync(path, text);
}

await main(process.argv.includes('--check'));
