import { existsSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asUser, outcomeOf } from '../../lab/process/as-user.ts';
import { startHolder } from '../../lab/process/holder.ts';
import type { Shipped } from '../../lab/process/shipped.ts';
import { flagsFor, freshSamples, runVigia, startDaemon } from '../../lab/scene/daemon.ts';
import { holderName, type LockStage, openLockStage } from '../../lab/scene/lock-stage.ts';
import type { Scene } from '../../lab/scene/scene.ts';

const READER = 9770;

let stage: LockStage;
let scene: Scene;
let shipped: Shipped;
let temporary: string;

beforeAll(async () => {
  stage = await openLockStage();
  ({ scene, shipped, temporary } = stage);
});

afterAll(() => stage?.[Symbol.asyncDispose]());

const lock = () => join(scene.options.bpffs, 'consumer-lock');

/** Arguments before the program's, and its directory of the tables. */
const PLACES: readonly (readonly [string, (bpffs: string) => readonly string[]])[] = [
  ['beside the first', () => []],
  ['in another network', () => ['unshare', '--net']],
  [
    'in a pod: namespaces of its own, no privilege, and tables to read alone',
    (bpffs) => [
      ...['unshare', '--net', '--ipc', '--uts', '--mount', '--pid', '--fork', '--kill-child'],
      ...['sh', '-ec', 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'],
      ...[bpffs, ...asUser(READER)],
    ],
  ],
];

test.each(PLACES)(
  'a second daemon is refused, with the name of the first: %s',
  async (_, wordsOf) => {
    const { bpffs } = scene.options;
    await using first = await startDaemon(scene.options);
    const flags = [...flagsFor(scene.options), '--listen=127.0.0.1:0', `--socket=${temporary}/2`];
    const second = [...wordsOf(bpffs), shipped.program, 'run', ...flags];
    const { status, stderr } = outcomeOf(second);
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining(
        `${bpffs}: another vigia run reads these tables: ${holderName(first.pid)}`,
      ),
    ]);
    await freshSamples(first);
  },
);

test('a second daemon leaves the tables unchanged: it is refused before it loads with its settings', async () => {
  await using _ = await startDaemon(scene.options);
  const current = () => readlinkSync(join(scene.options.bpffs, 'current'));
  const before = current();
  const flags = [...flagsFor(scene.options), '--uid=4242', '--retention=1h'];
  expect(await runVigia(['run', ...flags])).toMatchObject({ code: 1, stdout: '' });
  expect([current(), statSync(lock()).uid]).toEqual([before, READER]);
});

test('after a kill, the next daemon gets the tables at once, and the old name is ignored', async () => {
  const killed = await startDaemon(scene.options);
  await killed.end('SIGKILL');
  const holder = join(lock(), 'holder');
  expect(readlinkSync(holder)).toContain(holderName(killed.pid));
  await using next = await startDaemon(scene.options);
  expect(readlinkSync(holder)).toContain(holderName(next.pid));
  await next.end();
  expect(existsSync(holder)).toBe(false);
});

test('a second daemon reports a first one without a name, and how to find it', async () => {
  const script = 'exec 9<"$0" && flock 9 && echo ready && exec sleep infinity';
  await using _ = await startHolder(asUser(READER, 'bash', '-c', script, lock()));
  const { code, stderr } = await runVigia(['run', ...flagsFor(scene.options)]);
  expect([code, stderr]).toEqual([1, expect.stringContaining(`as root: fuser -v ${lock()}`)]);
});

test('doctor and record take no lock, and run beside a daemon', async () => {
  await using _ = await startDaemon(scene.options);
  const flags = flagsFor(scene.options).filter((flag) => !/uid|socket/.test(flag));
  const tape = join(temporary, 'tape');
  expect(await runVigia(['record', ...flags, '--ticks=1', tape])).toMatchObject({ code: 0 });
  // If Vigia is installed on the machine, the default user of the tables differs.
  const { stdout } = await runVigia(['doctor', ...flags, `--uid=${READER}`]);
  expect(stdout).toMatch(/^ok +tables /m);
});
