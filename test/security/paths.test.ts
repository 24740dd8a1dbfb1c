import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asUser } from '../../lab/process/as-user.ts';
import { endWithTests } from '../../lab/process/children.ts';
import type { OwnRun } from '../../lab/process/own-run.ts';
import { endNow } from '../../lab/process/process.ts';
import { openVictimRun, VICTIM, type VictimRun } from '../../lab/scene/victim-run.ts';

/** A user with a session on the host. */
const STRANGER = 4242;

let victimRun: VictimRun;
let run: OwnRun;
let vigia: VictimRun['vigia'];

beforeAll(async () => {
  victimRun = await openVictimRun();
  ({ run, vigia } = victimRun);
});

afterAll(() => victimRun?.[Symbol.asyncDispose]());

/** Commands run as root, then as a stranger; the directory of the pins; and the refused part. */
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

test.each(CASES)('a bpffs is refused, with the name of the part: %s', async (...each) => {
  const [, root, stranger, bpffs, named] = each;
  run.asRoot(`cd /run && ${root}`);
  expect(run.as(STRANGER, `cd /run && ${stranger || ':'}`)).toBe('');
  const [top] = bpffs.split('/');
  const before = run.listing(`/run/${top}`, VICTIM);
  for (const command of ['load', 'unload']) {
    const { code, stderr } = await vigia(command, `/run/${bpffs}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`/run/${bpffs}: .*/run/${named} (is|\\(mode|for)`));
    expect(stderr).toContain('choose another directory with --bpffs');
  }
  expect(run.listing(`/run/${top}`, VICTIM)).toBe(before);
  run.asRoot(`cd /run && { ! mountpoint -q ${top} || umount ${top}; } && rm -r ${top}`);
  expect(run.bpffsMounts()).toBe('');
});

test('a world-writable bpffs is closed, and a stranger’s files there are refused', async () => {
  run.asRoot('mkdir /run/r && mount -t bpf anew /run/r');
  expect(run.listing('/run/r')).toContain('/run/r d 0:0 1777');
  expect(run.as(STRANGER, `ln -s ${VICTIM} /run/r/current`)).toBe('');
  for (const command of ['load', 'unload']) {
    const { code, stderr } = await vigia(command, '/run/r');
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('4242 owns /run/r/current; remove'),
    ]);
  }
  expect(run.as(STRANGER, `ln -s ${VICTIM} /run/r/next`)).toContain('denied');
  run.asRoot('rm /run/r/current');
  expect(await vigia('load', '/run/r')).toMatchObject({ code: 0, stderr: '' });
  expect(run.listing('/run/r')).toContain('/run/r d 0:0 755');
  expect(await vigia('unload', '/run/r')).toMatchObject({ code: 0, stderr: '' });
  run.asRoot('umount /run/r && rmdir /run/r');
});

test('a user who swaps a directory for a link while root loads gains nothing', async () => {
  run.asRoot(`mkdir /run/race && chown ${STRANGER} /run/race`);
  const loop = `cd /run/race; while :; do
    mkdir bpf; rmdir bpf; ln -s ${VICTIM} bpf; rm bpf; done 2>/dev/null`;
  const [program = '', ...words] = run.inside(...asUser(STRANGER, 'sh', '-c', loop));
  const swapper = endWithTests(spawn(program, words, { stdio: 'ignore' }));
  const before = run.listing(VICTIM);
  for (let tries = 0; tries < 5; tries++) {
    const { code, stderr } = await vigia('load', '/run/race/bpf');
    expect([code, stderr]).toEqual([1, expect.stringContaining('user 4242 owns /run/race')]);
  }
  await endNow(swapper);
  expect([run.listing(VICTIM), run.bpffsMounts()]).toEqual([before, '']);
});

test('a load’s working files are in a place that no other user can replace', async () => {
  run.asRoot('mkdir -p /run/tmp && chmod 777 /run/tmp');
  const { code, stderr } = await vigia('load', '/run/pins', { TMPDIR: '/run/tmp' });
  expect([code, stderr]).toEqual([1, expect.stringContaining('other users can write to /run/tmp')]);
  expect(stderr).toContain('set TMPDIR to another directory');
  expect([run.listing('/run/tmp').split('\n').length, run.bpffsMounts()]).toEqual([2, '']);
});
