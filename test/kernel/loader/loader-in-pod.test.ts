import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runInside } from '../../../lab/process/process.ts';
import { VIGIA } from '../../../lab/scene/daemon.ts';
import { removeCgroups, sceneOptions } from '../../../lab/scene/scene.ts';
import { leavesNoTrace, pinnedBelow } from '../../../lab/scene/traces.ts';
import { findBpftool } from '../../../src/kernel/bpftool.ts';
import { attachedBelow } from '../../../src/kernel/load/attachments.ts';

const NOTHING = { prog: [], map: [], link: [] };

/** A directory with nothing loaded yet. */
async function openSite() {
  const options = await sceneOptions();
  return {
    bpftool: await findBpftool(process.env['VIGIA_BPFTOOL']),
    options,
    [Symbol.asyncDispose]: async () => removeCgroups(options.cgroup.path),
  };
}

/** Capabilities of the chart's init container. */
const RIGHTS = '--bounding-set=-all,+chown,+net_admin,+perfmon,+bpf';

test('four capabilities are enough to load, load again, take over and unload', async () => {
  await using site = await openSite();
  const { bpftool, options } = site;
  const { bpffs: mount, cgroup } = options;
  const bpffs = join(mount, 'vigia');
  mkdirSync(mount);
  execFileSync('mount', ['-t', 'bpf', '-o', 'mode=0700', 'bpf', mount]);
  const vigia = (...args: readonly string[]) => {
    const flags = [`--bpffs=${bpffs}`, `--cgroup=${cgroup.path}`];
    return `${execFileSync('setpriv', [RIGHTS, '--no-new-privs', VIGIA, ...args, ...flags])}`;
  };
  const attached = async () => (await attachedBelow(bpftool, cgroup.path)).map(({ id }) => id);
  try {
    expect(vigia('load')).toContain('loaded; counting starts now');
    const first = await attached();
    expect(vigia('load')).toContain('nothing changed');
    expect(await attached()).toEqual(first);
    expect(vigia('load', '--retention=1m')).toContain('the counters continue');
    const second = await attached();
    expect(second).toHaveLength(first.length);
    expect(second.filter((id) => first.includes(id))).toEqual([]);
    const pinned = await pinnedBelow(bpftool, bpffs);
    symlinkSync('a daemon that was killed', join(bpffs, 'consumer-lock/holder'));
    expect(vigia('unload')).toContain('finding other leftovers needs CAP_SYS_ADMIN');
    await leavesNoTrace(bpftool, { ...options, bpffs }, pinned);
  } finally {
    execFileSync('umount', [mount]);
    rmdirSync(mount);
  }
});

test('without CAP_SYS_ADMIN, repairing a lost map costs the counters, which is reported', async () => {
  await using site = await openSite();
  const { bpftool, options } = site;
  const { bpffs: mount, cgroup } = options;
  const bpffs = join(mount, 'vigia');
  mkdirSync(mount);
  execFileSync('mount', ['-t', 'bpf', '-o', 'mode=0700', 'bpf', mount]);
  const vigia = (command: string) => {
    const flags = [`--bpffs=${bpffs}`, `--cgroup=${cgroup.path}`, '--mining=off'];
    return `${execFileSync('setpriv', [RIGHTS, '--no-new-privs', VIGIA, command, ...flags])}`;
  };
  const attached = async () => (await attachedBelow(bpftool, cgroup.path)).map(({ name }) => name);
  try {
    vigia('load');
    const before = await attached();
    rmSync(join(bpffs, 'current/maps/control'));
    expect(vigia('load')).toMatch(/counters restart at zero; was missing: maps\/control"/);
    expect(await attached()).toEqual(before);
    expect(vigia('load')).toContain('nothing changed');
    vigia('unload');
    expect(await attached()).toEqual([]);
  } finally {
    execFileSync('umount', [mount]);
    rmdirSync(mount);
  }
});

test('a load on a kernel without BTF reports a remedy that Kubernetes keeps', async () => {
  await using site = await openSite();
  const { bpffs, cgroup } = site.options;
  const script = 'mount -t tmpfs none /sys/kernel/btf && exec "$0" load "$@"';
  const args = ['-m', 'sh', '-c', script, VIGIA, `--bpffs=${bpffs}`, `--cgroup=${cgroup.path}`];
  const { status, stderr } = spawnSync('unshare', args, { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr.slice(-2048)).toContain('→ the kernel has no BTF: use a kernel built with');
  await leavesNoTrace(site.bpftool, site.options, NOTHING);
});

test('a load is refused in a container that sees only its own cgroups', async () => {
  await using site = await openSite();
  const { bpffs, cgroup } = site.options;
  const script = `own=$1 && shift
    sed -n 's/^cgroup2 \\([^ ]*\\) .*/\\1/p' /proc/self/mounts | xargs -n 1 umount -l &&
    mount -t cgroup2 none "$own" && exec "$0" load "$@"`;
  const own = mkdtempSync(join(tmpdir(), 'vigia-cgroup-'));
  const args = ['-Cm', 'sh', '-c', script, VIGIA, own, `--bpffs=${bpffs}`];
  const loading = runInside(cgroup.path, ['unshare', ...args]);
  await expect(loading).rejects.toThrow(`${own} shows only the cgroup of one container`);
  rmdirSync(own);
  await leavesNoTrace(site.bpftool, site.options, NOTHING);
});
