import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Bpftool, BpftoolError, bpftoolCandidates, findBpftool } from './bpftool.ts';
import { lockDirectory } from './files/lock.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vigia-bpftool-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

/** A program that says something and ends so. */
function fake(name: string, script: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

test.each([
  ['libbpf: failed to find valid kernel BTF', 'the kernel has no BTF: run one'],
  ["Error: expected no more arguments, 'autoattach'?", 'bpftool is too old: 7.3 or newer'],
  ['Error: map create failed: Cannot allocate memory', 'too little memory: lower --map-memory'],
  ["Error: can't get prog by id: Operation not permitted", 'run as root, or with CAP_BPF'],
  ['Error: failed to attach program', 'a program that someone else attached to this cgroup'],
  ['Error: map create failed: Argument list too long', 'too large for this kernel'],
  ['libbpf: prog: BPF program load failed: Permission denied', 'the kernel refused the program'],
])('%s: the words reach the user, with what to do', async (said, hint) => {
  const bpftool = new Bpftool(fake('bpftool', `echo "${said}" >&2; exit 255`));
  const failing = bpftool.run(['prog', 'load']);
  await expect(failing).rejects.toThrow(BpftoolError);
  await expect(failing).rejects.toThrow(`bpftool prog load\n${said}\n→ ${hint}`);
});

test('what we cannot explain is told as it is', async () => {
  const bpftool = new Bpftool(fake('bpftool', 'echo "{\\"error\\":\\"odd\\"}"; exit 1'));
  await expect(bpftool.json(['prog', 'show'])).rejects.toThrow(
    /^bpftool -j prog show\n\{"error":"odd"\}$/,
  );
});

test('of a long complaint, such as of the verifier, the end is told', async () => {
  const bpftool = new Bpftool(fake('bpftool', 'seq 1 1000 >&2; exit 1'));
  const error = await bpftool.run([]).catch((error: BpftoolError) => error.said);
  expect(error.split('\n')).toHaveLength(40);
  expect(error).toMatch(/\n1000$/);
});

test('JSON is parsed, and no answer is none', async () => {
  expect(await new Bpftool(fake('one', 'echo "[{\\"id\\":1}]"')).json([])).toEqual([{ id: 1 }]);
  expect(await new Bpftool(fake('none', ':')).json([])).toEqual([]);
});

test('the first bpftool that can attach is taken, whatever stands before it', async () => {
  const old = fake('old', 'echo "prog loadall OBJ PATH"');
  vi.stubEnv('PATH', `${directory}/nowhere:${directory}:${process.env['PATH']}`);
  const good = fake('bpftool', 'echo "prog loadall OBJ PATH [autoattach]"');
  expect(bpftoolCandidates()[0]).toBe(good);
  expect((await findBpftool()).path).toBe(good);
  await expect(findBpftool(old)).rejects.toThrow(`${old} is too old (no autoattach)`);
});

test('one that is named is the only candidate, and is missed if it is not there', async () => {
  expect(bpftoolCandidates('/nowhere/bpftool')).toEqual(['/nowhere/bpftool']);
  await expect(findBpftool('/nowhere/bpftool')).rejects.toThrow(
    /want bpftool 7.3 or newer; \/nowhere\/bpftool is not there\n→ install it/,
  );
});

test('a process keeps the lock that it is given until it ends, whatever becomes of its caller', async () => {
  const [path, gate] = [join(directory, 'lock'), join(directory, 'gate')];
  mkdirSync(path);
  execFileSync('mkfifo', [gate]);
  const options = { refusal: 'taken', remedy: 'wait' };
  const lock = await lockDirectory(path, options);
  const running = new Bpftool(fake('slow', `cat ${gate}`)).keeping(lock.fd).run([]);
  await lock[Symbol.asyncDispose]();
  await expect(lockDirectory(path, options)).rejects.toThrow('taken');
  writeFileSync(gate, 'done'); // waits for its reader
  expect(await running).toBe('done');
  await using _ = await lockDirectory(path, options);
});
