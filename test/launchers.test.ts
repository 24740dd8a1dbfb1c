import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../lab/process/checkout.ts';
import { clusterSettings } from '../src/config/cluster-settings.ts';

let directory: string;
/** The image's launcher, which has no shell, and the launcher for all other installations. */
let launchers: readonly string[];

/** Replaces Node and prints how it was started. */
const ECHO = '#!/bin/sh\nfor word; do echo "$word"; done\n';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'vigia-launcher-'));
  const node = join(directory, 'node');
  writeFileSync(node, ECHO);
  chmodSync(node, 0o755);
  const inImage = join(directory, 'vigia');
  const compile = join(ROOT, 'deploy/image/compile-launcher.sh');
  execFileSync(compile, [inImage, `-DNODE="${node}"`]);
  launchers = [join(ROOT, 'bin/vigia'), inImage];
});
afterAll(() => rmSync(directory, { recursive: true }));

type Environment = Readonly<Record<string, string>>;

function started(launcher: string, words: readonly string[], env: Environment = {}): string[] {
  const VIGIA_NODE = join(directory, 'node');
  const output = execFileSync(launcher, words, {
    env: { PATH: process.env['PATH'] ?? '', VIGIA_NODE, ...env },
    encoding: 'utf8',
  });
  return output.trimEnd().split('\n');
}

/** The heap size from both launchers, in MB. */
function heapOf(words: readonly string[], env: Environment = {}): number {
  const [one, other] = launchers.map((launcher) => {
    const flag = started(launcher, words, env).find((word) => word.includes('old-space'));
    return Number(flag?.split('=')[1]);
  });
  expect(other).toBe(one);
  return one ?? 0;
}

test('both start Node with the same flags, and pass on all arguments', () => {
  const words = ['run', '--peers', 'cluster', '', ' x y ', '--', '--max-peers=1000'];
  const [shell, image] = launchers.map((launcher) => started(launcher, words));
  const isOurs = (word: string) => !word.endsWith('/vigia.mjs');
  expect(image?.filter(isOurs)).toEqual(shell?.filter(isOurs));
  expect(shell?.slice(-words.length)).toEqual(words);
});

test('a node needs 96 MB of heap, and 2.5 MB more for each 1,000 peers of a cluster', () => {
  expect(heapOf(['run'])).toBe(96);
  expect(heapOf(['run', '--max-peers=100000'])).toBe(96);
  expect(heapOf(['run', '--peers=cluster'])).toBe(96 + 50);
  expect(heapOf(['run', '--peers=cluster', '--max-peers=100000'])).toBe(96 + 250);
  expect(heapOf(['run'], { VIGIA_PEERS: 'cluster', VIGIA_MAX_PEERS: '4000' })).toBe(96 + 10);
});

test('the last value wins, flags over the environment, and empty values are ignored', () => {
  const cluster = { VIGIA_PEERS: 'cluster', VIGIA_MAX_PEERS: '4000' };
  expect(heapOf(['run', '--peers=node'], cluster)).toBe(96);
  expect(heapOf(['run', '--max-peers', '8000'], cluster)).toBe(96 + 20);
  expect(heapOf(['--max-peers=1000', 'run', '--max-peers=8000'], cluster)).toBe(96 + 20);
  expect(heapOf(['run'], { VIGIA_PEERS: 'cluster', VIGIA_MAX_PEERS: '' })).toBe(96 + 50);
});

test.each([
  ['0020000', 50],
  ['0800', 2],
  ['many', 50],
  ['-8000', 50],
  ['12345678', 50],
])('--max-peers=%s, valid or not, gives %d MB', (text, more) => {
  expect(heapOf(['run', '--peers=cluster', `--max-peers=${text}`])).toBe(96 + more);
});

test('the default and the maximum are those of the program', () => {
  const { fallback, parse } = clusterSettings.maxPeers;
  expect(readFileSync(launchers[0] ?? '', 'utf8')).toContain(` max_peers=${fallback}\n`);
  expect(parse('1000000')).toBe(1_000_000);
  expect(heapOf(['run', '--peers=cluster', '--max-peers=1000000'])).toBe(96 + 2500);
  expect(parse('1000001')).toBeUndefined();
});

test('for any arguments, both agree', () => {
  const text = fc.oneof(
    fc.constantFrom('', '0', '08', '0020000', '-1', '1e6', '4000 ', 'cluster', 'node', '*', '$(x)'),
    fc.nat().map(String),
    fc.string({ unit: fc.constantFrom('0', '9', 'x', ' ', '-') }),
  );
  const flag = fc.constantFrom('--peers', '--max-peers', '--peers=', '--max-peers=', '--peer');
  const word = fc.oneof(
    text,
    flag,
    fc.tuple(flag, text).map((both) => both.join('')),
  );
  const peers = fc.constantFrom('cluster', 'node', '');
  const env = fc.record({ VIGIA_PEERS: peers, VIGIA_MAX_PEERS: text });
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), env, (words, given) => {
      expect(heapOf(words, given)).toBeGreaterThanOrEqual(96);
    }),
    { numRuns: 60 },
  );
});
