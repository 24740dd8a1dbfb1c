import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const ADAPTERS = ['api', 'metrics', 'kernel', 'workloads'];

/** Allowed imports. A room is a folder of src, or a top-level file of src without `.ts`. */
const MAY_IMPORT: Rules = {
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

/** The same for the folders at the top, tests included. Nothing imports benchmarks or tests. */
const MAY_USE: Rules = {
  src: [],
  lab: ['src'],
  tools: ['src', 'lab'],
  trials: ['src', 'lab', 'tools'],
  bench: ['src', 'lab'],
  test: ['src', 'lab', 'tools', 'trials'],
};

/** Folders and files of src/core from the lowest to the highest: each imports only lower ones. */
const CORE = [
  ...['lazily', 'seeded-random', 'text', 'sharing', 'self', 'flow', 'usage', 'place', 'dns'],
  ...['reading', 'ledger', 'judge', 'mining', 'snapshot', 'tick'],
];

/** Allowed includes between the folders of bpf, on three floors. */
const MAY_INCLUDE: Rules = {
  lib: [],
  cpu: ['lib'],
  flow: ['lib'],
  tcp: ['lib'],
  dns: ['lib'],
  mining: ['lib'],
  cgroup: ['lib', 'flow'],
  net: ['lib', 'flow', 'dns', 'mining'],
  'wire.bpf.c': ['lib', 'flow'],
};

type Rules = Readonly<Record<string, readonly string[]>>;

const ROOT = join(import.meta.dirname, '..');
const all = read(globSync('{src,lab,tools,trials,bench,test}/**/*.ts', { cwd: ROOT }));
const files = new Map(
  [...all].filter(([file]) => file.startsWith('src/') && !file.endsWith('.test.ts')),
);
const sources = read(globSync('bpf/**/*.{c,h}', { cwd: ROOT }));

test('each room of src imports only allowed rooms', () => {
  expect(broken(files, breaksLayers)).toEqual([]);
});

test('src, lab, tools, trials, bench and test import only what stands below them', () => {
  const isUpward = (file: string, name: string) => {
    if (!isOwn(name)) return false;
    const [from, to] = [topOf(file), topOf(resolve(file, name))];
    return from !== to && to in MAY_USE && !MAY_USE[from]?.includes(to);
  };
  expect(broken(all, isUpward)).toEqual([]);
});

test('each folder of core imports only lower ones', () => {
  const isUpward = (file: string, name: string) => {
    if (!file.startsWith('src/core/')) return false;
    const [from, to] = [file, resolve(file, name)].map((path) => CORE.indexOf(partOfCore(path)));
    return from === -1 || to === -1 || from === undefined || to === undefined || to > from;
  };
  expect(broken(files, isUpward)).toEqual([]);
});

test('each folder of bpf includes only allowed folders', () => {
  const includes = [...sources].flatMap(([file, text]) =>
    Array.from(text.matchAll(/^#include "([^"]+)"/gm), ([, name = '']) => ({ file, name })),
  );
  expect(includes.length).toBeGreaterThan(50);
  const isAllowed = ({ file, name }: { file: string; name: string }) => {
    const [from, to] = [file.split('/')[1] ?? '', name.split('/')[0] ?? ''];
    return from === to || MAY_INCLUDE[from]?.includes(to);
  };
  expect(includes.filter((include) => !isAllowed(include))).toEqual([]);
});

test('no folder of src holds more than 20 files beside tests', () => {
  const counts = new Map<string, number>();
  for (const folder of [...files.keys()].map((file) => dirname(file)))
    counts.set(folder, 1 + (counts.get(folder) ?? 0));
  expect([...counts].filter(([, count]) => count > 20)).toEqual([]);
});

test('core imports neither Node nor any package', () => {
  const leavesCore = (file: string, name: string) => roomOf(file) === 'core' && !isOwn(name);
  expect(broken(files, leavesCore)).toEqual([]);
});

test('the ledger imports no judge', () => {
  const isLedger = (file: string) => file.startsWith('src/core/ledger/');
  const isJudge = (path: string) => /^src\/core\/(?:mining\/|judge\.ts)/.test(path);
  const leavesBooks = (file: string, name: string) =>
    isLedger(file) && isJudge(resolve(file, name));
  expect(broken(files, leavesBooks)).toEqual([]);
});

test('no file has a default export', () => {
  const isDefault = /^export default\b|\bas default\b/m;
  expect([...files].filter(([, text]) => isDefault.test(text)).map(([file]) => file)).toEqual([]);
});

test('no file imports itself, directly or indirectly', () => {
  expect([...files.keys()].flatMap((file) => cycleThrough(file) ?? [])).toEqual([]);
});

/** All imports that break the rule, as `file imports name`. */
function broken(
  among: ReadonlyMap<string, string>,
  breaks: (file: string, name: string) => boolean,
): string[] {
  return [...among].flatMap(([file, text]) =>
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
const topOf = (file: string): string => file.split('/')[0] ?? '';
const partOfCore = (file: string): string => file.split('/')[2]?.replace(/\.ts$/, '') ?? '';

function read(paths: readonly string[]): ReadonlyMap<string, string> {
  return new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
}
