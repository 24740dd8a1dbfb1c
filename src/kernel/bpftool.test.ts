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

/** A shell script in place of bpftool. */
function fake(name: string, script: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

test.each([
  ['libbpf: failed to find valid kernel BTF', 'the kernel has no BTF: use a kernel built'],
  [
    "Error: expected no more arguments, 'autoattach'?",
    'bpftool is too old: Vigia needs 7.3 or newer',
  ],
  ['Error: map create failed: Cannot allocate memory', 'not enough memory: lower --map-memory'],
  ["Error: can't get prog by id: Operation not permitted", 'run as root, or with CAP_BPF'],
  [
    'Error: failed to attach program',
    'another program, attached to this cgroup or above it without `multi`, excludes',
  ],
  ['Error: map create failed: Argument list too long', 'too large for this kernel'],
  ['libbpf: prog: BPF program load failed: Permission denied', 'the kernel rejected the program'],
])('%s: the error has the output, and a hint', async (output, hint) => {
  const bpftool = new Bpftool(fake('bpftool', `echo "${output}" >&2; exit 255`));
  const failing = bpftool.run(['prog', 'load']);
  await expect(failing).rejects.toThrow(BpftoolError);
  await expect(failing).rejects.toThrow(`bpftool prog load\n${output}\n→ ${hint}`);
});

test('an unknown error is shown without a hint', async () => {
  const bpftool = new Bpftool(fake('bpftool', 'echo "{\\"error\\":\\"odd\\"}"; exit 1'));
  await expect(bpftool.json(['prog', 'show'])).rejects.toThrow(
    /^bpftool -j prog show\n\{"error":"odd"\}$/,
  );
});

test('the end of a long output, such as that of the verifier, is shown', async () => {
  const bpftool = new Bpftool(fake('bpftool', 'seq 1 1000 >&2; exit 1'));
  const error = await bpftool.run([]).catch((error: BpftoolError) => error.output);
  expect(error.split('\n')).toHaveLength(40);
  expect(error).toMatch(/\n1000$/);
});

test('JSON is parsed, and an empty output is an empty list', async () => {
  expect(await new Bpftool(fake('one', 'echo "[{\\"id\\":1}]"')).json([])).toEqual([{ id: 1 }]);
  expect(await new Bpftool(fake('none', ':')).json([])).toEqual([]);
});

test('the first bpftool with autoattach is used', async () => {
  const old = fake('old', 'echo "prog loadall OBJ PATH"');
  vi.stubEnv('PATH', `${directory}/nowhere:${directory}:${process.env['PATH']}`);
  const good = fake('bpftool', 'echo "prog loadall OBJ PATH [autoattach]"');
  expect(bpftoolCandidates()[0]).toBe(good);
  expect((await findBpftool()).path).toBe(good);
  await expect(findBpftool(old)).rejects.toThrow(`${old} is too old (no autoattach)`);
});

test('a given bpftool is the only candidate, and must exist', async () => {
  expect(bpftoolCandidates('/nowhere/bpftool')).toEqual(['/nowhere/bpftool']);
  await expect(findBpftool('/nowhere/bpftool')).rejects.toThrow(
    /bpftool 7.3 or newer is required; \/nowhere\/bpftool does not exist\n→ install it/,
  );
});

test('a process keeps an inherited lock until it ends, also without its caller', async () => {
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
