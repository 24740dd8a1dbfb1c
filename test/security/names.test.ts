import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compiled, cpuStatNs, runInside, until } from '../../lab/process/process.ts';
import { ownTemporaryDirectory } from '../../lab/process/temporary.ts';
import { type Daemon, freshSamples, runVigia, startDaemon } from '../../lab/scene/daemon.ts';
import { openScene, type Scene, socketOf } from '../../lab/scene/scene.ts';

/** Characters that a terminal may interpret. No output contains them, except for its line ends. */
const COMMANDING = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const CLEAR_SCREEN = 'evil\u001b[2J';
/** The same to a terminal, and in a label. */
const CLEAR_SCREEN_C1 = 'evil\u009b[2J';
const REVERSED = 'gpj.\u202eexe';
const BURN = [compiled('work'), 'burn', '50', '1', '1', '0'];
/** A datagram to an unused address. */
const SENDS = [
  process.execPath,
  '-e',
  `const socket = require('node:dgram').createSocket('udp4');
  socket.send('x', 9, '127.0.0.1', () => socket.close());`,
];
const MINES = ['/bin/true', '-o', 'stratum+tcp://pool.example:3333'];

let scene: Scene;
let daemon: Daemon;

beforeAll(async () => {
  scene = await openScene();
  for (const name of [CLEAR_SCREEN, CLEAR_SCREEN_C1, REVERSED]) {
    const cgroup = scene.makeCgroup(name);
    await runInside(cgroup, BURN);
    await runInside(cgroup, MINES);
    await runInside(cgroup, SENDS);
  }
  daemon = await startDaemon(scene.options, ['--egress=class', '--pairs=workload']);
  await until('findings', async () => {
    const scores = (await daemon.samples()).select('vigia_pod_mining_score');
    return scores.length >= 2;
  });
});

afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

const vigiaOutput = async (...words: readonly string[]) => {
  const { stdout, stderr } = await runVigia([...words, `--socket=${socketOf(scene.options)}`]);
  return stdout + stderr;
};

test.each(['text/plain', 'application/openmetrics-text'])(
  'a scrape as %s has U+FFFD in their place, and each series once',
  async (accept) => {
    const text = await daemon.get('/metrics', { accept });
    expect(text).not.toMatch(COMMANDING);
    expect(text).toContain('pod="evil\ufffd[2J"');
    expect(text).toContain('pod="gpj.\ufffdexe"');
    const series = text
      .split('\n')
      .flatMap((line) => /^(\w+(?:\{.*\})?) \S+$/.exec(line)?.[1] ?? []);
    expect(series.length).toBeGreaterThan(100);
    expect(new Set(series).size).toBe(series.length);
  },
);

test('names that become one label are one pod, with the usage of both', async () => {
  const samples = await freshSamples(daemon);
  const pod = 'evil\ufffd[2J';
  const shown = samples.one('vigia_container_cpu_seconds_total', { pod });
  const used = [CLEAR_SCREEN, CLEAR_SCREEN_C1].map((name) => cpuStatNs(join(scene.cgroup, name)));
  expect(shown).toBeCloseTo(
    used.reduce((sum, ns) => sum + ns / 1e9, 0),
    2,
  );
});

test('the page and its source show them escaped', async () => {
  const page = await daemon.get('/');
  expect(page).not.toMatch(COMMANDING);
  expect(page).toContain('evil\\x1b[2J');
  expect(page).toContain('gpj.\\u{202e}exe');
});

test.each([
  ['connections', '-o', 'wide'],
  ['connections', '-o', 'json'],
  ['findings'],
  ['findings', '-o', 'wide'],
  ['findings', '-o', 'json'],
])('a terminal shows them escaped: vigia %s %s %s', async (...words) => {
  const output = await vigiaOutput(...words);
  expect(output).not.toMatch(COMMANDING);
  expect(output).toMatch(words.includes('json') ? /evil\\u001b\[2J/ : /evil\\x1b\[2J/);
});

test('JSON contains them exactly', async () => {
  const findings = JSON.parse(await vigiaOutput('findings', '-o', 'json')) as {
    readonly pod: string;
  }[];
  expect(findings.map(({ pod }) => pod)).toContain(REVERSED);
});

test('the log and a tape contain them escaped', async () => {
  const log = daemon.log().map((line) => JSON.stringify(line));
  expect(log.join()).toContain('evil');
  const { stdout } = await daemon.end();
  expect(stdout).not.toMatch(COMMANDING);
  using temporary = ownTemporaryDirectory();
  const directory = join(temporary.path, 'tape');
  const { bpffs, cgroup } = scene.options;
  const flags = [`--bpffs=${bpffs}`, `--cgroup=${cgroup.path}`, '--ticks=1', '--interval=1s'];
  const ended = await runVigia(['record', directory, ...flags, `--node-name=${basename(bpffs)}`]);
  expect(ended.code).toBe(0);
  const texts = readdirSync(directory).filter((name) => name.endsWith('.json'));
  expect(texts.length).toBeGreaterThan(2);
  for (const name of texts)
    expect(readFileSync(join(directory, name), 'utf8')).not.toMatch(COMMANDING);
});
