import { execFileSync } from 'node:child_process';
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { attachedBelow } from '../../src/kernel/attachments.ts';
import { findBpftool } from '../../src/kernel/bpftool.ts';
import { VIGIA } from '../support/daemon.ts';
import { removeCgroups, sceneOptions } from '../support/scene.ts';
import { leavesNoTrace, pinnedBelow } from '../support/traces.ts';

/** As the chart's init container has them. */
const RIGHTS = '--bounding-set=-all,+chown,+net_admin,+perfmon,+bpf';

test('four capabilities are enough to load, load again, take over and unload', async () => {
  const bpftool = await findBpftool(process.env['VIGIA_BPFTOOL']);
  const options = await sceneOptions();
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
    expect(vigia('load')).toContain('loaded; counting from now on');
    const first = await attached();
    expect(vigia('load')).toContain('nothing was changed');
    expect(await attached()).toEqual(first);
    expect(vigia('load', '--retention=1m')).toContain('the counters go on');
    const second = await attached();
    expect(second).toHaveLength(first.length);
    expect(second.filter((id) => first.includes(id))).toEqual([]);
    const pinned = await pinnedBelow(bpftool, bpffs);
    expect(vigia('unload')).toContain('unloaded; without CAP_SYS_ADMIN');
    await leavesNoTrace(bpftool, { ...options, bpffs }, pinned);
  } finally {
    execFileSync('umount', [mount]);
    rmdirSync(mount);
    removeCgroups(cgroup.path);
  }
});
