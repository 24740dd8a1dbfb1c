import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MINING_SOURCES } from '../../../src/core/mining/mining-source.ts';
import { offersSocketStorage } from '../../../src/kernel/kernel-features.ts';
import {
  CGROUP_PROGRAMS,
  type LoadOptions,
  layoutOf,
  loadPlan,
} from '../../../src/kernel/load/load-plan.ts';
import { withConstants } from '../../../src/kernel/load/object-file.ts';
import { compiledPath, constantsFor, OBJECTS } from '../../../src/kernel/load/objects.ts';
import { asShell, type Step } from '../../../src/kernel/load/step.ts';
import { pathsOf } from '../../../src/kernel/load/version-paths.ts';
import type { Entry } from './cpio.ts';
import type { Kernel } from './kernels.ts';

const built = fileURLToPath(new URL('../../../build/bpf/', import.meta.url));

/** Number of CPUs of the guest (guest.ts). */
const SIZES = { cpus: 2, slots: 256 };

/** The guest's whole hierarchy is observed: the root of cgroup2 has inode 1. */
/** All of these kernels have iterators over maps. */
const OPTIONS: Omit<LoadOptions, 'hasSocketStorage'> = {
  bpffs: '/run/vigia/bpf',
  cgroup: { path: '/sys/fs/cgroup', id: 1, level: 0 },
  cgroupMount: '/sys/fs/cgroup',
  uid: 65534,
  retentionMs: 500,
  hasPackets: true,
  mining: MINING_SOURCES,
  mapMemoryBytes: 0,
  hasMapIterators: true,
  objects: '/objects',
};

const GENERATION = 1;

/** The loader's steps in the guest, as two scripts and their objects. */
export async function planEntries({ name }: Kernel): Promise<Entry[]> {
  const version = {
    generation: GENERATION,
    layout: layoutOf(SIZES),
    build: '00000000',
    slots: SIZES.slots,
  };
  const hasSocketStorage = name === 'newest' || offersSocketStorage(name);
  const from = { sizes: SIZES, objects: OPTIONS.objects };
  const { unattached, proven } = loadPlan({ ...OPTIONS, hasSocketStorage }, version, from);
  return [
    script('load.sh', [...unattached, ...proven]),
    script('unload.sh', unloadSteps(pathsOf(OPTIONS.bpffs, version))),
    ...(await Promise.all(OBJECTS.map((object) => objectEntry(object, hasSocketStorage)))),
  ];
}

/** The loader queries the kernel for attachments. In the guest they are known. */
function unloadSteps(at: ReturnType<typeof pathsOf>): Step[] {
  const { path } = OPTIONS.cgroup;
  const detached = Object.entries(CGROUP_PROGRAMS).flatMap(([capture, programs]) =>
    Object.entries(programs).map(([program, hook]): Step => {
      const pin = at.program(capture, program);
      return { do: 'bpftool', args: ['cgroup', 'detach', path, hook, 'pinned', pin] };
    }),
  );
  return [
    ...detached,
    { do: 'remove', path: join(OPTIONS.bpffs, 'current') },
    { do: 'remove', path: at.root },
  ];
}

function script(path: string, steps: readonly Step[]): Entry {
  return { path, bytes: Buffer.from(`${steps.map(asShell).join('\n')}\n`), mode: 0o644 };
}

async function objectEntry(name: string, hasSocketStorage: boolean): Promise<Entry> {
  const object = await readFile(
    compiledPath({ ...OPTIONS, objects: built, hasSocketStorage }, name),
  );
  const bytes = withConstants(object, constantsFor(OPTIONS, SIZES, GENERATION));
  return { path: `objects/${name}.bpf.o`, bytes, mode: 0o644 };
}
