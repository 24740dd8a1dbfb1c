import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const ADAPTERS = ['api', 'metrics', 'kernel', 'workloads'];

/** Allowed imports. A room is a folder of src, or a top-level file of src without `.ts`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  main: ['commands', 'daemon', 'config', 'log', 'core'],
  commands: ['daemon', 'config', 'log', 'core', ...ADAPTERS],
  daemon: ['config', 'log', 'core', ...ADAPTERS],
  config: ['log', 'core'],
  log: ['core'],
  api: ['core'],
  metrics: ['core'],
  kernel: ['core'],
  workloads: ['core'],
  core: [],
};

const ROOT = join(import.meta.dirname, '..');
const files = new Map(
  readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => [join('src', path), readFileSync(join(ROOT, 'src', path), 'utf8')]),
);

test('each room imports only allowed rooms', () => {
  expect(broken(breaksLayers)).toEqual([]);
});

test('core imports neither Node nor any package', () => {
  const leavesCore = (file: string, name: string) => roomOf(file) === 'core' && !isOwn(name);
  expect(broken(leavesCore)).toEqual([]);
});

test('no file has a default export', () => {
  const isDefault = /^export default\b|\bas default\b/m;
  expect([...files].filter(([, text]) => isDefault.test(text)).map(([file]) => file)).toEqual([]);
});

test('no file imports itself, directly or indirectly', () => {
  expect([...files.keys()].flatMap((file) => cycleThrough(file) ?? [])).toEqual([]);
});

/** All imports that break the rule, as `file imports name`. */
function broken(breaks: (file: string, name: string) => boolean): string[] {
  return [...files].flatMap(([file, text]) =>
    importsOf(text)
      .filter((name) => breaks(file, name))
      .map((name) => `${file} imports ${name}`),
  );
}

function breaksLayers(file: string, name: string): boolean {
  const target = resolve(file, name);
  if (!isOwn(name) || target === 'package.json') return false;
  const [from, to] = [roomOf(file), roomOf(target)];
  return from !== to && !MAY_IMPORT[from]?.includes(to);
}

/** Static, dynamic and type-only imports, and re-exports. */
function importsOf(text: string): string[] {
  const patterns = [/^(?:import|export)\b[^'";]*?\bfrom '([^']+)'/gm, /\bimport ?\(?'([^']+)'/g];
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, name]) => name ?? ''));
}

function cycleThrough(start: string): string | undefined {
  const cameFrom = new Map<string, string>();
  for (const file of walk(start, cameFrom))
    if (file === start) return trail(start, cameFrom).join(' → ');
  return undefined;
}

/** All files that `start` imports, directly or indirectly; `start` itself only for a cycle. */
function* walk(start: string, cameFrom: Map<string, string>): Generator<string> {
  const queue = [start];
  for (const file of queue) {
    const targets = importsOf(files.get(file) ?? '')
      .filter(isOwn)
      .map((name) => resolve(file, name));
    for (const target of targets) {
      if (cameFrom.has(target)) continue;
      cameFrom.set(target, file);
      queue.push(target);
      yield target;
    }
  }
}

function trail(start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const path = [start];
  for (let at = cameFrom.get(start); at !== undefined; at = cameFrom.get(at)) {
    path.unshift(at);
    if (at === start) break;
  }
  return path;
}

const isOwn = (name: string): boolean => name.startsWith('.');
const resolve = (file: string, name: string): string => normalize(join(dirname(file), name));
const roomOf = (file: string): string => file.split('/')[1]?.replace(/\.ts$/, '') ?? '';
