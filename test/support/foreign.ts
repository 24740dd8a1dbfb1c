import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bpftool } from '../../src/kernel/bpftool.ts';

const SOURCE = `
__attribute__((section("cgroup_skb/egress"), used)) int foreign(void *skb) { return 1; }
__attribute__((section("license"), used)) char LICENSE[] = "GPL";
`;

/** A program that someone else attached to a cgroup. Disposed, it is detached. */
export interface Foreign extends AsyncDisposable {
  readonly id: number;
}

export async function openForeign(
  bpftool: Bpftool,
  cgroup: string,
  how: 'multi' | 'exclusive',
): Promise<Foreign> {
  await using stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'vigia-foreign-'));
  stack.defer(() => rmSync(directory, { recursive: true }));
  const object = join(directory, 'foreign.o');
  const clang = ['-O2', '-g', '-target', 'bpf', '-x', 'c', '-', '-c', '-o', object];
  execFileSync('clang', clang, { input: SOURCE });
  const mount = mkdtempSync(join(tmpdir(), 'vigia-foreign-bpffs-'));
  stack.defer(() => rmdirSync(mount));
  execFileSync('mount', ['-t', 'bpf', 'foreign', mount]);
  stack.defer(() => void execFileSync('umount', [mount]));
  const pin = join(mount, 'foreign');
  await bpftool.run(['prog', 'load', object, pin]);
  const { id } = await bpftool.json<{ id: number }>(['prog', 'show', 'pinned', pin]);
  const hook = [cgroup, 'egress', 'pinned', pin];
  await bpftool.run(['cgroup', 'attach', ...hook, ...(how === 'multi' ? ['multi'] : [])]);
  stack.defer(async () => void (await bpftool.run(['cgroup', 'detach', ...hook])));
  const all = stack.move();
  return { id, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
