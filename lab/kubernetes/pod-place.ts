import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { findBpftool } from '../../src/kernel/bpftool.ts';
import type { LoadOptions } from '../../src/kernel/load/load-plan.ts';
import { unload } from '../../src/kernel/load/loader.ts';
import { emptyCgroup, removeCgroups, sceneOptions } from '../scene/scene.ts';
import type { Volume } from './container.ts';

/** The node's part of a pod's volumes. Removed at disposal. */
export interface PodPlace extends AsyncDisposable {
  /** Paths on the node. */
  readonly options: LoadOptions;
  /** The loader's volume: the pins. */
  readonly loaderVolumes: readonly Volume[];
  /** The daemon's volumes: the pins, the lock beside them, and a directory that ends with the pod. */
  readonly daemonVolumes: readonly Volume[];
  /** Path of that directory on the node. */
  readonly own: string;
  readonly env: Readonly<Record<string, string>>;
}

/** With a bpffs as mounted by systemd: only root can read its root, and the pod sees a part of it. */
export async function openPodPlace(): Promise<PodPlace> {
  const scene = await sceneOptions();
  const mount = scene.bpffs;
  const options = { ...scene, bpffs: join(mount, 'vigia') };
  mkdirSync(mount);
  execFileSync('mount', ['-t', 'bpf', '-o', 'mode=0700', 'bpf', mount]);
  mkdirSync(options.bpffs, { mode: 0o755 });
  const own = mkdtempSync(join(tmpdir(), 'vigia-pod-'));
  chmodSync(own, 0o777); // like an emptyDir of a kubelet
  return {
    options,
    own,
    loaderVolumes: [{ from: options.bpffs, to: '/host/bpf' }],
    daemonVolumes: [
      { from: own, to: '/run/vigia' },
      { from: options.bpffs, to: '/host/bpf', isReadOnly: true },
      { from: join(options.bpffs, 'consumer-lock'), to: '/host/bpf/consumer-lock' },
    ],
    env: {
      VIGIA_BPFFS: '/host/bpf',
      VIGIA_CGROUP: `/sys/fs/cgroup/${basename(mount)}`,
      VIGIA_MAP_MEMORY: '16MiB',
    },
    [Symbol.asyncDispose]: async () => {
      await unload(await findBpftool(), options); // after a failed test
      execFileSync('umount', [mount]);
      rmdirSync(mount);
      rmSync(own, { recursive: true });
      await emptyCgroup(options.cgroup.path);
      removeCgroups(options.cgroup.path);
    },
  };
}
