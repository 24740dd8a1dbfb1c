import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LoadOptions } from '../../src/kernel/load-plan.ts';
import { endWithTests } from '../support/children.ts';
import { type Ended, freshSamples, runVigia, startDaemon } from '../support/daemon.ts';
import { type OwnRun, openOwnRun } from '../support/own-run.ts';
import { endNow, until } from '../support/process.ts';
import { emptyCgroup, removeCgroups, sceneOptions } from '../support/scene.ts';
import { asUser, outcomeOf } from '../support/users.ts';

/** The daemon's, and that of somebody with a session on the host. */
const [DAEMON, STRANGER] = [9770, 4242];

/** What belongs to root, and must stay as it is. */
const VICTIM = '/run/victim';

let run: OwnRun;
let options: LoadOptions;

beforeAll(async () => {
  run = await openOwnRun();
  // Without packets and mining a load takes a second.
  options = await sceneOptions({ hasPackets: false, mining: [] });
  asRoot(`mkdir -m 700 ${VICTIM} && echo secret >${VICTIM}/file && chmod 600 ${VICTIM}/file`);
});

afterAll(async () => {
  await vigia('unload');
  await run?.[Symbol.asyncDispose]();
  await emptyCgroup(options.cgroup.path);
  removeCgroups(options.cgroup.path);
});

/** Runs a script where /run is the test's own. */
function asRoot(script: string): string {
  const { status, stdout, stderr } = outcomeOf(run.inside('sh', '-ec', script));
  if (status !== 0) throw new Error(`${script}: ${stderr}`);
  return stdout;
}

function as(uid: number, script: string): string {
  const { stdout, stderr } = outcomeOf(run.inside(...asUser(uid, 'sh', '-c', script)));
  return stdout + stderr;
}

const flags = (bpffs = '/run/vigia/bpf') => [
  ...[`--cgroup=${options.cgroup.path}`, `--bpffs=${bpffs}`, `--uid=${DAEMON}`],
  ...['--map-memory=16MiB', '--packets=off', '--mining=off'],
];

async function vigia(command: string, bpffs?: string, env = {}): Promise<Ended> {
  return await runVigia([command, ...flags(bpffs)], { program: run.program, env });
}

const startRun = () =>
  startDaemon({ ...options, bpffs: '/run/vigia/bpf' }, ['--socket=/run/vigia/vigia.sock'], {
    program: run.program,
  });

/** All that is below directories, with owner, mode and target. */
const listing = (...paths: readonly string[]) =>
  asRoot(`find ${paths.join(' ')} -printf '%p %y %U:%G %m %l\\n' | sort`);

const bpffsMounts = () => asRoot('grep " bpf " /proc/self/mounts | grep -v vigia-test || true');

describe("the daemon's user", () => {
  test('makes no name beside its own directory, also after an unload while it runs', async () => {
    await using daemon = await startRun();
    expect(listing('/run/vigia', '/run/vigia/daemon')).toContain(
      '/run/vigia/vigia.sock l 0:0 777 daemon/vigia.sock',
    );
    expect((await vigia('unload')).code).toBe(0);
    const before = listing('/run/vigia');
    for (const attempt of [
      `ln -s ${VICTIM} /run/vigia/bpf`,
      'mkdir /run/vigia/bpf',
      `ln -sfn ${VICTIM}/file /run/vigia/vigia.sock`,
      'rm -f /run/vigia/vigia.sock',
      'mv /run/vigia/daemon /run/vigia/bpf',
      `rm -rf /run/vigia/daemon; ln -sfn ${VICTIM} /run/vigia/daemon`,
    ])
      expect([attempt, as(DAEMON, attempt)]).toEqual([attempt, expect.stringMatching(/denied/)]);
    const names = (all: string) => all.split('\n').filter((line) => !line.includes('/daemon/'));
    expect(names(listing('/run/vigia'))).toEqual(names(before));
    expect((await vigia('load')).stdout).toContain('loaded; counting from now on');
    await freshSamples(daemon);
  });

  test('misleads root by no link in its own directory either', async () => {
    asRoot('test -d /run/vigia/daemon');
    as(DAEMON, `cd /run/vigia/daemon && rm -f * && ln -s ${VICTIM}/file vigia.sock`);
    const before = listing(VICTIM);
    expect((await vigia('load')).code).toBe(0);
    const unloaded = await vigia('unload');
    expect([unloaded.code, unloaded.stdout]).toEqual([0, expect.stringContaining('unloaded')]);
    expect(listing(VICTIM)).toBe(before);
    asRoot('rm -r /run/vigia');
  });
});

describe('a link where the former version let its group make one', () => {
  beforeAll(() => {
    asRoot(`mkdir /run/vigia && chown 0:${DAEMON} /run/vigia && chmod 1775 /run/vigia`);
    asRoot('mkdir /run/empty');
  });

  test.each([VICTIM, '/run/empty'])('is named and not followed: to %s', async (target) => {
    asRoot(`chown 0:${DAEMON} /run/vigia && chmod 1775 /run/vigia && rm -f /run/vigia/bpf`);
    expect(as(DAEMON, `ln -s ${target} /run/vigia/bpf`)).toBe('');
    const before = listing(target);
    for (const command of ['load', 'unload', 'run']) {
      const { code, stderr } = await vigia(command);
      expect([command, code, stderr]).toEqual([
        command,
        1,
        expect.stringContaining(
          `/run/vigia/bpf is a symbolic link of user ${DAEMON} to ${target}, and no link is followed`,
        ),
      ]);
    }
    expect([listing(target), bpffsMounts()]).toEqual([before, '']);
  });

  test('is no longer made, and what was mounted behind one goes', async () => {
    expect(as(DAEMON, 'ln -s /run/empty /run/vigia/other')).toContain('denied');
    asRoot('mount -t bpf -o mode=0755 vigia /run/empty'); // as the former version did
    const { stderr } = await vigia('unload');
    expect(stderr).toContain('remove it, write /run/empty where that is meant');
    expect((await vigia('unload', '/run/empty')).code).toBe(0);
    expect(bpffsMounts()).toBe('');
    asRoot('rm /run/vigia/bpf && rmdir /run/vigia');
  });
});

/** What is done as root, then as a stranger; the directory of the pins; and what is refused. */
type Case = readonly [what: string, root: string, stranger: string, bpffs: string, named: string];

const CASES: readonly Case[] = [
  ['a link', 'mkdir a && ln -s /run/victim a/bpf', '', 'a/bpf', 'a/bpf'],
  ['a link above it', 'mkdir b && ln -s /run/victim b/in', '', 'b/in/bpf', 'b/in'],
  ['a link to nowhere', 'mkdir c && ln -s /run/c/new c/bpf', '', 'c/bpf', 'c/bpf'],
  ['a parent of a stranger', 'mkdir d && chown 4242 d', '', 'd/bpf', 'd'],
  ['one further up', 'mkdir -p e/f && chown 4242 e', '', 'e/f/bpf', 'e'],
  ['a parent for all to write', 'mkdir g && chmod 777 g', '', 'g/bpf', 'g'],
  ['a parent for a group to write', 'mkdir h && chmod 775 h', '', 'h/bpf', 'h'],
  ['one further up', 'mkdir -p i/j && chmod 770 i', '', 'i/j/bpf', 'i'],
  ['a directory like /tmp', 'mkdir k && chmod 1777 k', '', 'k/bpf', 'k'],
  ['one with a link', 'mkdir l && chmod 1777 l', 'ln -s /run/victim l/bpf', 'l/bpf', 'l/bpf'],
  ['one with a directory', 'mkdir m && chmod 1777 m', 'mkdir m/bpf', 'm/bpf', 'm/bpf'],
  ['one with a directory above', 'mkdir n && chmod 1777 n', 'mkdir -p n/in', 'n/in/bpf', 'n/in'],
  ['a directory for all to write', 'mkdir -p o/bpf && chmod 1777 o/bpf', '', 'o/bpf', 'o/bpf'],
  ['a file', 'mkdir p && touch p/bpf', '', 'p/bpf', 'p/bpf'],
  [
    'what a stranger made on a bpffs that is for all',
    'mkdir q && mount -t bpf theirs q',
    'mkdir q/in && ln -s /run/victim q/in/current && ln -s /run/victim q/in/consumer-lock',
    'q/in',
    'q/in',
  ],
];

test.each(CASES)('a bpffs is refused with the name of the part: %s', async (...each) => {
  const [, root, stranger, bpffs, named] = each;
  asRoot(`cd /run && ${root}`);
  expect(as(STRANGER, `cd /run && ${stranger || ':'}`)).toBe('');
  const [top] = bpffs.split('/');
  const before = listing(`/run/${top}`, VICTIM);
  const ended = await Promise.all(['load', 'unload'].map((word) => vigia(word, `/run/${bpffs}`)));
  for (const { code, stderr } of ended) {
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`/run/${bpffs}: .*/run/${named} (is|\\(mode|for)`));
    expect(stderr).toContain('choose another directory with --bpffs');
  }
  expect(listing(`/run/${top}`, VICTIM)).toBe(before);
  asRoot(`cd /run && { ! mountpoint -q ${top} || umount ${top}; } && rm -r ${top}`);
  expect(bpffsMounts()).toBe('');
});

test('who swaps a directory for a link while root loads gets nothing', async () => {
  asRoot(`mkdir /run/race && chown ${STRANGER} /run/race`);
  const loop = `cd /run/race; while :; do
    mkdir bpf; rmdir bpf; ln -s ${VICTIM} bpf; rm bpf; done 2>/dev/null`;
  const [program = '', ...words] = run.inside(...asUser(STRANGER, 'sh', '-c', loop));
  const swapper = endWithTests(spawn(program, words, { stdio: 'ignore' }));
  const before = listing(VICTIM);
  for (let tries = 0; tries < 5; tries++) {
    const { code, stderr } = await vigia('load', '/run/race/bpf');
    expect([code, stderr]).toEqual([1, expect.stringContaining('user 4242 owns /run/race')]);
  }
  await endNow(swapper);
  expect([listing(VICTIM), bpffsMounts()]).toEqual([before, '']);
});

test('what a load works with lies where nobody else could replace it', async () => {
  asRoot('mkdir -p /run/tmp && chmod 777 /run/tmp');
  const { code, stderr } = await vigia('load', '/run/work', { TMPDIR: '/run/tmp' });
  expect([code, stderr]).toEqual([1, expect.stringContaining('others may write to /run/tmp')]);
  expect(stderr).toContain('set TMPDIR to another directory');
  expect([listing('/run/tmp').split('\n').length, bpffsMounts()]).toEqual([2, '']);
});

test('an unload empties what the daemon filled, and follows nothing out of it', async () => {
  asRoot('mkdir /run/shared && mount -t bpf -o mode=0755 theirs /run/shared');
  asRoot('mkdir /run/shared/vigia');
  const bpffs = '/run/shared/vigia';
  expect((await vigia('load', bpffs)).code).toBe(0);
  const lock = `${bpffs}/consumer-lock`;
  const deep = Array.from({ length: 100 }, () => 'd').join('/');
  expect(as(DAEMON, `cd ${lock} && mkdir -p ${deep} && ln -s ${VICTIM} ${deep}/out`)).toBe('');
  expect(as(DAEMON, `cd ${lock} && mkdir shut && ln -s ${VICTIM} shut/out && chmod 0 shut`)).toBe(
    '',
  );
  const loop = `mkdir ${lock}/swap && cd ${lock}/swap; while :; do
    mkdir in; mkdir in/in; rmdir in/in in; ln -s ${VICTIM} in; rm in; done 2>/dev/null`;
  const [program = '', ...words] = run.inside(...asUser(DAEMON, 'sh', '-c', loop));
  const swapper = endWithTests(spawn(program, words, { stdio: 'ignore' }));
  await until('the swapping', () => existsSync(run.at(`${lock}/swap`)));
  const before = listing(VICTIM);
  const { code, stdout, stderr } = await vigia('unload', bpffs);
  expect([code, stderr, stdout]).toEqual([0, '', expect.stringContaining('unloaded')]);
  await endNow(swapper);
  expect(existsSync(run.at(bpffs))).toBe(false);
  expect(listing(VICTIM)).toBe(before);
  expect(readFileSync(run.at(`${VICTIM}/file`), 'utf8')).toBe('secret\n');
  asRoot('umount /run/shared && rmdir /run/shared');
});
