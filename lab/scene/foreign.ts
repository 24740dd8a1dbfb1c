import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bpftool } from '../../src/kernel/bpftool.ts';

/** Hook and return value of another vendor's program. */
interface Purpose {
  readonly section: string;
  readonly hook: string;
  readonly verdict: 0 | 1;
}

const PACKETS: Purpose = { section: 'cgroup_skb/egress', hook: 'egress', verdict: 1 };
/** Denies a cgroup all sysctl access. */
export const NO_SETTINGS: Purpose = { section: 'cgroup/sysctl', hook: 'sysctl', verdict: 0 };

function sourceOf({ section, verdict }: Purpose): string {
  return `
__attribute__((section("${section}"), used)) int foreign(void *context) { return ${verdict}; }
__attribute__((section("license"), used)) char LICENSE[] = "GPL";
`;
}

/** A program of another vendor attached to a cgroup. Detached at disposal. */
export interface Foreign extends AsyncDisposable {
  readonly id: number;
}

export async function openForeign(
  bpftool: Bpftool,
  cgroup: string,
  how: 'multi' | 'exclusive',
  purpose: Purpose = PACKETS,
): Promise<Foreign> {
  await using stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'vigia-foreign-'));
  stack.defer(() => rmSync(directory, { recursive: true }));
  const object = join(directory, 'foreign.o');
  const clang = ['-O2', '-g', '-target', 'bpf', '-x', 'c', '-', '-c', '-o', object];
  execFileSync('clang', clang, { input: sourceOf(purpose) });
  const mount = mkdtempSync(join(tmpdir(), 'vigia-foreign-bpffs-'));
  stack.defer(() => rmdirSync(mount));
  execFileSync('mount', ['-t', 'bpf', 'foreign', mount]);
  stack.defer(() => void execFileSync('umount', [mount]));
  const pin = join(mount, 'foreign');
  await bpftool.run(['prog', 'load', object, pin]);
  const { id } = await bpftool.json<{ id: number }>(['prog', 'show', 'pinned', pin]);
  const hook = [cgroup, purpose.hook, 'pinned', pin];
  await bpftool.run(['cgroup', 'attach', ...hook, ...(how === 'multi' ? ['multi'] : [])]);
  stack.defer(async () => void (await bpftool.run(['cgroup', 'detach', ...hook])));
  const all = stack.move();
  return { id, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
