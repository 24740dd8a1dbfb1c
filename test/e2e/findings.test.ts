import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endWithTests } from '../../lab/process/children.ts';
import { type Process, startInside, until } from '../../lab/process/process.ts';
import { type Daemon, runVigia, startDaemon, VIGIA } from '../../lab/scene/daemon.ts';
import { openScene, type Scene, socketOf } from '../../lab/scene/scene.ts';
import type { Finding } from '../../src/core/mining/verdict/finding.ts';
import { emulator } from '../../trials/mining/emulators/emulator.ts';

const LONG_SECONDS = '600';
/** The goal: a score of 80 or higher within 20 s of the start, with the default tick of 5 s. */
const BAR_SECONDS = 20;

let scene: Scene;
let daemon: Daemon;
let miner: Process;
let namespace: string;
let watched: { readonly child: ChildProcess; output: string };

beforeAll(async () => {
  // With one source, so that every finding comes from it.
  scene = await openScene({ mining: ['fpu'] });
  namespace = basename(scene.cgroup);
  daemon = await startDaemon(scene.options, ['--interval=5s']);
});

afterAll(async () => {
  watched?.child.kill('SIGKILL');
  await miner?.[Symbol.asyncDispose]();
  await daemon?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

const socket = () => `--socket=${socketOf(scene.options)}`;
const findings = (...words: readonly string[]) => runVigia(['findings', socket(), ...words]);

async function found(...words: readonly string[]): Promise<Finding[]> {
  return JSON.parse((await findings('-o', 'json', ...words)).stdout) as Finding[];
}

async function scoreOf(pod: string): Promise<number | undefined> {
  const samples = (await daemon.samples()).select('vigia_pod_mining_score');
  return samples.find(({ labels }) => labels['pod'] === pod)?.reading;
}

function watchFindings(): { readonly child: ChildProcess; output: string } {
  const child = endWithTests(
    spawn(VIGIA, ['findings', '--watch', socket()], { stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  const watching = { child, output: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (watching.output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (watching.output += text));
  return watching;
}

test('a RandomX footprint raises an alert within 20 s, with a tick of 5 s', async () => {
  expect(await findings()).toMatchObject({ code: 0, stdout: '', stderr: 'No findings.\n' });
  watched = watchFindings();
  await until('the watch to begin', () => watched.output.includes('No findings.'));
  const beganMs = performance.now();
  miner = await startInside(scene.makeCgroup('miner'), [
    emulator('fpu'),
    LONG_SECONDS,
    'four',
    '2',
  ]);
  const late = 2 * BAR_SECONDS * 1000;
  await until('a score', async () => ((await scoreOf('miner')) ?? 0) >= 80, late);
  const seconds = (performance.now() - beganMs) / 1000;
  console.log(`a score of 80 or more after ${seconds.toFixed(1)} s`);
  expect(seconds).toBeLessThanOrEqual(BAR_SECONDS);
  const evidence = (await daemon.samples()).one('vigia_pod_mining_evidence_total', {
    namespace,
    pod: 'miner',
    signal: 'randomx',
  });
  expect(evidence).toBeGreaterThanOrEqual(20);
});

test('the finding names the pod, the evidence and the start time, as text and as JSON', async () => {
  const [finding, ...others] = await found('--min-score=80');
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    ...{ namespace, pod: 'miner', kind: 'cgroup', workload: 'miner', verdict: 'mining' },
    evidence: [{ signal: 'randomx', points: 90, command: 'emulated-fpu', container: '' }],
  });
  // The shell was replaced by the emulator.
  expect(finding?.evidence[0]?.pid).toBe(miner.pid);
  const { code, stdout, stderr } = await findings(`--namespace=${namespace}`, '--pod=min');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(new RegExp(`^${namespace}/miner {3}MINING, score 90 of 100\n`));
  expect(stdout).toContain(`process ${miner.pid} (emulated-fpu)`);
  expect(stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(12);
  expect((await findings('-o', 'table')).stdout).toMatch(
    /^\S+ +miner +mining +90 +randomx +\d+s +\ds$/m,
  );
  expect(await found('--pod=other')).toEqual([]);
});

test('a watching client receives it once', async () => {
  await until('the story', () => watched.output.includes('next'));
  expect(watched.output).toMatch(/^No findings\.\n/);
  expect(watched.output.match(/MINING/g)).toHaveLength(1);
  const ended = once(watched.child, 'exit');
  watched.child.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
});

test('the log has one structured line', async () => {
  const lines = daemon.log().filter(({ level }) => level === 'warn');
  expect(lines).toMatchObject([
    { namespace, pod: 'miner', score: 90, verdict: 'mining', signals: ['randomx'] },
  ]);
});

test('the page shows it, but not its process', async () => {
  const page = await daemon.get('/');
  expect(page).toContain('Pods that appear to mine');
  expect(page).toContain('<td>miner</td><td>mining</td><td class="number">90</td>');
  expect(page).not.toContain('emulated-fpu');
});

test('after a restart of the daemon, a running miner is detected again', async () => {
  await daemon.end('SIGKILL');
  daemon = await startDaemon(scene.options);
  await until(
    'the score again',
    async () => (await scoreOf('miner')) === 90,
    2 * BAR_SECONDS * 1000,
  );
  expect(await found()).toMatchObject([{ pod: 'miner', evidence: [{ pid: miner.pid }] }]);
});

test('a pod that may mine has evidence, but no score and no log line', async () => {
  await daemon.end();
  daemon = await startDaemon(scene.options, [`--may-mine=${namespace}/miner`]);
  await until('the evidence', async () => (await scoreOf('miner')) === 0, 2 * BAR_SECONDS * 1000);
  expect(await found()).toMatchObject([
    { pod: 'miner', score: 0, verdict: 'allowed', evidence: [{ signal: 'randomx', points: 90 }] },
  ]);
  expect((await findings()).stdout).toMatch(/^\S+\/miner {3}allowed to mine$/m);
  expect(await found('--min-score=1')).toEqual([]);
  expect(daemon.log().filter(({ level }) => level === 'warn')).toEqual([]);
});

test('a daemon without detection reports this', async () => {
  await daemon.end();
  daemon = await startDaemon(scene.options, ['--mining=off']);
  const { stderr } = await findings();
  expect(stderr).toBe('No findings: mining detection is off (--mining=off).\n');
});
