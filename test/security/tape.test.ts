import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shellAs } from '../../lab/process/as-user.ts';
import { type Ended, flagsFor, runVigia } from '../../lab/scene/daemon.ts';
import { openScene, QUICK, type Scene } from '../../lab/scene/scene.ts';

const STRANGER = 4242;

let scene: Scene;
let temporary: string;

beforeAll(async () => {
  scene = await openScene(QUICK);
  temporary = mkdtempSync(join(tmpdir(), 'vigia-tapes-'));
  chmodSync(temporary, 0o755);
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  rmSync(temporary, { recursive: true });
});

async function record(directory: string): Promise<Ended> {
  const flags = flagsFor(scene.options).filter((flag) => !/uid|socket/.test(flag));
  const umask = process.umask(0); // inherited by a child
  try {
    return await runVigia(['record', ...flags, '--ticks=1', '--interval=1s', directory]);
  } finally {
    process.umask(umask);
  }
}

/** Modes of a directory and of its contents, each once. */
function modesOf(directory: string): { directory: string; files: string[] } {
  const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);
  const files = readdirSync(directory).map((name) => modeOf(join(directory, name)));
  return { directory: modeOf(directory), files: [...new Set(files)] };
}

const CLOSED = { directory: '700', files: ['600'] };

test('only the owner can access a tape, regardless of the umask', async () => {
  const tape = join(temporary, 'new/tape');
  expect(await record(tape)).toMatchObject({ code: 0, stderr: '' });
  expect(modesOf(tape)).toEqual(CLOSED);
  expect(shellAs(STRANGER, `cat ${tape}/tape.json; ls ${tape}`)).toMatch(/^(.*denied\n){2}$/);
});

test('a tape that others could read is closed when it is continued', async () => {
  const tape = join(temporary, 'older');
  await record(tape);
  execFileSync('chmod', ['-R', 'u=rwX,go=rX', tape]); // as created by the previous version
  expect(modesOf(tape)).toEqual({ directory: '755', files: ['644'] });
  expect(await record(tape)).toMatchObject({ code: 0, stderr: '' });
  expect(modesOf(tape)).toEqual(CLOSED);
});

test('a directory that others can write to, or that belongs to another user, is refused', async () => {
  const make = (name: string, mode: number, uid = 0): string => {
    mkdirSync(join(temporary, name));
    chownSync(join(temporary, name), uid, uid);
    chmodSync(join(temporary, name), mode);
    return join(temporary, name);
  };
  const linked = join(temporary, 'linked');
  symlinkSync(make('target', 0o755), linked);
  const cases = [
    [make('all', 0o777), `other users can write to ${temporary}/all`],
    [make('group', 0o770), `other users can write to ${temporary}/group`],
    [make('theirs', 0o755, STRANGER), `user 4242 owns ${temporary}/theirs`],
    [join(make('below', 0o755, STRANGER), 'tape'), `user 4242 owns ${temporary}/below`],
    [linked, `${linked} is a symbolic link of user 0 to ${temporary}/target`],
  ] as const;
  for (const [directory, message] of cases) {
    const { code, stderr } = await record(directory);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${directory}: ${message}`)]);
    expect(stderr).toContain('choose another directory');
  }
  for (const name of ['all', 'group', 'theirs', 'below', 'target'])
    expect(readdirSync(join(temporary, name))).toEqual([]);
});

test('it can be created in a directory like /tmp, and a stranger’s files there are refused', async () => {
  const shared = join(temporary, 'shared');
  mkdirSync(shared);
  chmodSync(shared, 0o1777);
  expect(await record(join(shared, 'tape'))).toMatchObject({ code: 0, stderr: '' });
  expect(modesOf(join(shared, 'tape'))).toEqual(CLOSED);
  shellAs(STRANGER, `mkdir ${shared}/theirs; ln -s ${temporary}/target ${shared}/link`);
  for (const name of ['theirs', 'link', 'theirs/tape', 'link/tape'])
    expect(await record(join(shared, name))).toMatchObject({ code: 1, stdout: '' });
});
