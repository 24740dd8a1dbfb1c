import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { findBpftool } from '../../src/kernel/bpftool.ts';
import type { LoadOptions } from '../../src/kernel/load/load-plan.ts';
import { unload } from '../../src/kernel/load/loader.ts';
import { emptyCgroup, removeCgroups, sceneOptions } from '../scene/scene.ts';
import type { Volume } from './container.ts';

/** What a node gives to the containers of a pod. Disposed, nothing of it is left. */
export interface PodPlace extends AsyncDisposable {
  /** Where the node has what the pod sees. */
  readonly options: LoadOptions;
  /** What the loader sees: the pins. */
  readonly loaderVolumes: readonly Volume[];
  /** The daemon: the pins, its lock beside them, and a directory that ends with the pod. */
  readonly daemonVolumes: readonly Volume[];
  /** Where the node has that directory. */
  readonly own: string;
  readonly env: Readonly<Record<string, string>>;
}

/** With a bpffs as systemd mounts it: only root may look into it, the pod sees a part of it. */
export async function openPodPlace(): Promise<PodPlace> {
  const scene = await sceneOptions();
  const mount = scene.bpffs;
  const options = { ...scene, bpffs: join(mount, 'vigia') };
  mkdirSync(mount);
  execFileSync('mount', ['-t', 'bpf', '-o', 'mode=0700', 'bpf', mount]);
  mkdirSync(options.bpffs, { mode: 0o755 });
  const own = mkdtempSync(join(tmpdir(), 'vigia-pod-'));
  chmodSync(own, 0o777); // as a kubelet makes an emptyDir
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
      await unload(await findBpftool(), options); // of a test that has failed
      execFileSync('umount', [mount]);
      rmdirSync(mount);
      rmSync(own, { recursive: true });
      await emptyCgroup(options.cgroup.path);
      removeCgroups(options.cgroup.path);
    },
  };
}
