import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../lab/process/process.ts';
import {
  type Daemon,
  flagsFor,
  freshSamples,
  runVigia,
  startDaemon,
} from '../../lab/scene/daemon.ts';
import { expectMended, lose } from '../../lab/scene/loss.ts';
import { openScene, QUICK, type Scene } from '../../lab/scene/scene.ts';

let scene: Scene;
let daemon: Daemon;

beforeAll(async () => {
  scene = await openScene(QUICK);
  daemon = await startDaemon(scene.options);
});

afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

const load = () => runVigia(['load', ...flagsFor(scene.options)]);
const statusOf = async (path: string) => (await fetch(daemon.url + path)).status;
const cpuSeconds = async () => (await freshSamples(daemon)).one('vigia_node_cpu_seconds_total');

test('without a table the daemon is alive but not ready, doctor names it, and a load repairs it', async () => {
  const before = await cpuSeconds();
  rmSync(join(scene.options.bpffs, 'current/tables/flow'));
  await until('it to be not ready', async () => (await statusOf('/readyz')) === 503);
  expect(await daemon.get('/readyz')).toMatch(/^\[-\]snapshot failed: [4-9]\.\d s old; /);
  expect(await statusOf('/healthz')).toBe(200);
  const flags = flagsFor(scene.options).filter((flag) => !flag.startsWith('--socket'));
  const doctor = await runVigia(['doctor', ...flags]);
  expect([doctor.code, doctor.stdout]).toEqual([
    1,
    expect.stringMatching(/^FAIL +tables +missing in .*: tables\/flow → run as root: vigia load/m),
  ]);
  const { code, stdout } = await load();
  expect([code, stdout]).toEqual([
    0,
    expect.stringContaining('the counters continue; was missing: tables/flow'),
  ]);
  expect(await cpuSeconds()).toBeGreaterThanOrEqual(before);
  expect(await statusOf('/readyz')).toBe(200);
});

describe('beside a running daemon, a load repairs the loss of', () => {
  test.each([
    'current',
    'maps/control',
    'maps/answer_by_slot', // unused if no packets are counted
    'tables',
  ])('%s, and the counters continue', async (part) => {
    const before = await cpuSeconds();
    await lose(scene, part);
    expect(await expectMended(scene, part)).toBe('taken over');
    expect(await cpuSeconds()).toBeGreaterThanOrEqual(before);
  });

  test('the readers’ lock, which the daemon then takes again', async () => {
    await lose(scene, 'consumer-lock');
    expect(await expectMended(scene, 'consumer-lock')).toBe('unchanged');
    await freshSamples(daemon);
    const second = await runVigia(['run', ...flagsFor(scene.options)]);
    expect(second.stderr).toContain(`another vigia run reads these tables: process ${daemon.pid} `);
  });

  test('the whole bpffs, and the daemon then reads and locks the new tables', async () => {
    execFileSync('umount', ['--lazy', scene.options.bpffs]);
    const isReported = () =>
      JSON.stringify(daemon.log()).includes('is missing, so nothing is loaded');
    await until('a tick to fail', isReported);
    expect(await load()).toMatchObject({ code: 0, stdout: expect.stringContaining('loaded; ') });
    await freshSamples(daemon);
    const second = await runVigia(['run', ...flagsFor(scene.options)]);
    expect(second.stderr).toContain(`another vigia run reads these tables: process ${daemon.pid} `);
  });
});

test('a table with a changed owner gets its owner back', async () => {
  const table = join(scene.options.bpffs, 'current/tables/clue');
  execFileSync('chown', ['4242', table]);
  execFileSync('chmod', ['444', join(scene.options.bpffs, 'current/tables/usage')]);
  const { stdout } = await load();
  expect(stdout).toContain(
    'was missing: the correct owner or mode of tables/clue, the correct owner',
  );
  await freshSamples(daemon);
});
