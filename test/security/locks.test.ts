import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asUser, shellAs } from '../../lab/process/as-user.ts';
import { endWithTests } from '../../lab/process/children.ts';
import { startHolder } from '../../lab/process/holder.ts';
import { until } from '../../lab/process/process.ts';
import type { Shipped } from '../../lab/process/shipped.ts';
import { type Ended, flagsFor, runVigia, startDaemon, VIGIA } from '../../lab/scene/daemon.ts';
import { holderName, type LockStage, openLockStage } from '../../lab/scene/lock-stage.ts';
import {
  openScene,
  QUICK,
  removeCgroups,
  type Scene,
  sceneOptions,
} from '../../lab/scene/scene.ts';

const [READER, NOBODY] = [9770, 65_534];

let stage: LockStage;
let scene: Scene;
let shipped: Shipped;
let temporary: string;

beforeAll(async () => {
  stage = await openLockStage();
  ({ scene, shipped, temporary } = stage);
});

afterAll(() => stage?.[Symbol.asyncDispose]());

const load = () => runVigia(['load', ...flagsFor(scene.options)]);

/** Locks every directory that this user can open, and keeps the locks. */
const LOCK_ALL = `
  for directory in $(find "$@" -xdev -type d 2>/dev/null) $(dirname "$@"); do
    exec {fd}<"$directory" && flock -n "$fd" && echo "$directory"
  done 2>/dev/null
  echo ready
  exec sleep infinity`;

describe('a stranger', () => {
  test('that takes all possible locks does not block load, run and unload', async () => {
    await using other = await openScene(QUICK);
    const { bpffs } = other.options;
    // Names of the locks in the previous version.
    const bind = `for (const name of ['load', 'consumer'])
      require('net').createServer().listen('\\0vigia-' + name + ':${bpffs}')`;
    const script = `'${shipped.node}' -e "${bind}" & ${LOCK_ALL}`;
    await using _ = await startHolder(asUser(NOBODY, 'bash', '-c', script, 'sh', bpffs));
    const flags = flagsFor(other.options);
    const again = await runVigia(['load', ...flags, '--retention=1m']);
    expect([again.code, again.stdout]).toEqual([
      0,
      expect.stringContaining('the counters continue'),
    ]);
    await using daemon = await startDaemon(other.options, ['--retention=1m']);
    await daemon.end();
    expect(await runVigia(['unload', ...flags])).toMatchObject({ code: 0, stderr: '' });
  });

  test('that locks the directory of a first load does not block root', async () => {
    const options = await sceneOptions(QUICK);
    mkdirSync(options.bpffs, { mode: 0o755 });
    try {
      const script = LOCK_ALL;
      await using _ = await startHolder(asUser(NOBODY, 'bash', '-c', script, 'sh', options.bpffs));
      expect(await runVigia(['load', ...flagsFor(options)])).toMatchObject({ code: 0, stderr: '' });
    } finally {
      await runVigia(['unload', ...flagsFor(options)]);
      removeCgroups(options.cgroup.path);
    }
  });

  test('can open neither lock: one is root’s, one is the tables’ user’s', () => {
    const locks = ['load-lock', 'consumer-lock'].map((name) => join(scene.options.bpffs, name));
    expect(locks.map((path) => [lstatSync(path).uid, lstatSync(path).mode & 0o7777])).toEqual([
      [0, 0o700],
      [READER, 0o700],
    ]);
    for (const path of locks)
      expect(shellAs(NOBODY, `flock -n '${path}' true; ls '${path}'`)).toMatch(/^(.*denied\n){2}$/);
    expect(shellAs(READER, `ls '${locks[0]}'`)).toContain('denied');
  });
});

describe('a load', () => {
  /** A load whose bpftool waits at the first program, in its own process group and network. */
  async function startLoad(): Promise<{
    readonly pid: number;
    readonly kill: () => Promise<void>;
  }> {
    const bpftool = join(temporary, 'bpftool');
    const marker = join(temporary, 'waiting');
    const script = `#!/bin/sh
      case "$*" in *loadall*) touch '${marker}'; exec sleep infinity;; esac
      exec '${scene.bpftool.path}' "$@"`;
    await writeFile(bpftool, script, { mode: 0o755 });
    const args = ['--net', VIGIA, 'load', ...flagsFor(scene.options), '--retention=1h'];
    const child = endWithTests(
      spawn('unshare', [...args, `--bpftool=${bpftool}`], { detached: true, stdio: 'ignore' }),
    );
    await until('the load to run', () => existsSync(marker));
    const kill = async () => {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
      if (child.signalCode === null) await once(child, 'exit');
      await rm(marker);
    };
    return { pid: child.pid ?? 0, kill };
  }

  test('excludes others while it runs, with its name, and no longer after it is killed', async () => {
    const { pid, kill } = await startLoad();
    const [loaded, unloaded] = await Promise.all([
      load(),
      runVigia(['unload', ...flagsFor(scene.options)]),
    ]);
    await kill();
    expect([loaded.code, loaded.stderr]).toEqual([
      1,
      expect.stringContaining(`another load is running: ${holderName(pid)}`),
    ]);
    expect([unloaded.code, unloaded.stderr]).toEqual([
      1,
      expect.stringContaining(`a load is running: ${holderName(pid)}`),
    ]);
    expect(await load()).toMatchObject({ code: 0, stderr: '' });
  });

  test('that is one of two first ones mounts the only bpffs, and what it reports exists', async () => {
    const options = await sceneOptions(QUICK);
    using stack = new DisposableStack();
    stack.defer(() => removeCgroups(options.cgroup.path));
    const flags = flagsFor(options);
    const slow = join(temporary, 'slow');
    mkdirSync(slow);
    const script = '#!/bin/sh\nsleep 0.3\nexec /usr/bin/mount "$@"\n'; // so that all reach it
    await writeFile(join(slow, 'mount'), script, { mode: 0o755 });
    const env = { PATH: `${slow}:${process.env['PATH']}` };
    const ended: Ended[] = [];
    for (let round = 0; round < 2; round++) {
      const both = await Promise.all([1, 2, 3].map(() => runVigia(['load', ...flags], { env })));
      ended.push(...both);
      expect(both.some(({ code }) => code === 0)).toBe(true);
      const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
      expect(mounts.filter((mount) => mount.includes(` ${options.bpffs} `))).toHaveLength(1);
      expect(existsSync(join(options.bpffs, 'current/tables/usage'))).toBe(true);
      expect((await runVigia(['unload', ...flags])).code).toBe(0);
      expect(existsSync(options.bpffs)).toBe(false);
    }
    for (const { code, stderr } of ended)
      expect(code === 0 || stderr.startsWith('vigia: another load is running: ')).toBe(true);
  });

  test('without the lock program is refused, with the package to install', async () => {
    const bin = join(temporary, 'bin');
    mkdirSync(bin);
    for (const name of ['dirname', 'readlink', 'mount', 'umount'])
      await symlink(`/usr/bin/${name}`, join(bin, name));
    const { code, stderr } = await runVigia(['load', ...flagsFor(scene.options)], {
      env: { PATH: bin },
    });
    expect([code, stderr]).toEqual([1, 'vigia: cannot run flock: install util-linux\n']);
  });
});
