import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpio, type Entry } from '../kernels/cpio.ts';
import { emulate, endOf, GuestError, parseMarks, tail, watch } from '../qemu.ts';
import { debianRoot } from './debian-root.ts';
import { type Finish, makeDisk } from './disk.ts';

/** A Debian guest with systemd. */
export interface Debian {
  /** In addition to every guest's packages. */
  readonly packages?: readonly string[];
  /** Copied over the file system, in this order. */
  readonly overlays: readonly string[];
  /** Last changes to the resulting tree. */
  readonly finish?: Finish;
  readonly memoryMiB?: number;
  /** Options of the emulator, besides the disk. */
  readonly devices?: readonly string[];
  readonly netns?: string;
}

/** A booting guest. It must have ended before disposal, which removes its disk. */
export interface BootedDebian extends AsyncDisposable {
  readonly emulator: ChildProcess;
}

/** A guest whose own units do all the work and power it off. */
export interface DebianJob extends Debian {
  readonly timeoutMs?: number;
}

export interface DebianRun {
  readonly seconds: number;
  readonly marks: ReadonlyMap<string, readonly string[]>;
}

/** Needed to reach the root file system. udev or a unit's modprobe loads all other modules. */
const BLOCK_MODULE = 'drivers/block/virtio_blk.ko.xz';

const INIT = `#!/bin/busybox sh
busybox=/bin/busybox
$busybox mount -t devtmpfs dev /dev
$busybox unxz /virtio_blk.ko.xz
$busybox insmod /virtio_blk.ko
until [ -b /dev/vda ]; do $busybox usleep 10000; done
$busybox mount -t ext4 -o noatime /dev/vda /root
exec $busybox switch_root /root /usr/lib/systemd/systemd
`;

const KERNEL_WORDS = [
  'rdinit=/init',
  // systemd prints nothing to the console, which is for the marks.
  ...['systemd.show_status=false', 'systemd.log_target=journal'],
  // An emulator that waits for its own CPU makes clocks look broken and grace periods long.
  ...['tsc=reliable', 'no_timer_check', 'nowatchdog', 'rcupdate.rcu_expedited=1'],
  ...['mitigations=off', 'random.trust_cpu=on'],
];

/** Boots it until it powers off. Throws GuestError unless it ends well (`@@ end 0`). */
export async function runInDebian({
  timeoutMs = 540_000,
  ...debian
}: DebianJob): Promise<DebianRun> {
  await using booted = await bootDebian(debian);
  const started = performance.now();
  const console = await watch(booted.emulator, timeoutMs);
  const marks = parseMarks(console);
  const end = endOf(marks);
  if (end !== '0') throw new GuestError(`it ended with ${end ?? 'no word'}\n${tail(console)}`);
  return { seconds: (performance.now() - started) / 1000, marks };
}

export async function bootDebian(debian: Debian): Promise<BootedDebian> {
  const { packages, overlays, finish, memoryMiB = 1024, devices = [], netns } = debian;
  const root = await debianRoot(packages);
  const dir = await mkdtemp(join(tmpdir(), 'vigia-guest-'));
  const remove = () => rm(dir, { recursive: true, force: true });
  try {
    const [disk, initrd] = [join(dir, 'disk'), join(dir, 'initrd')];
    await makeDisk(disk, root, overlays, finish);
    await writeFile(initrd, await initramfs(root));
    const emulator = emulate('amd64', {
      vmlinuz: await kernelOf(root),
      initrd,
      memoryMiB,
      words: KERNEL_WORDS,
      devices: [
        ...['-drive', `file=${disk},format=raw,if=none,id=root,cache=unsafe`],
        ...['-device', 'virtio-blk-pci,drive=root'],
        ...devices,
      ],
      ...(netns !== undefined && { netns }),
    });
    return { emulator, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function kernelOf(root: string): Promise<string> {
  const names = await readdir(join(root, 'boot'));
  return join(root, 'boot', names.find((name) => name.startsWith('vmlinuz-')) ?? 'vmlinuz');
}

async function initramfs(root: string): Promise<Buffer> {
  const [version = ''] = await readdir(join(root, 'usr/lib/modules'));
  const block = join(root, 'usr/lib/modules', version, 'kernel', BLOCK_MODULE);
  const empty = new Uint8Array();
  const entries: Entry[] = [
    { path: 'init', bytes: Buffer.from(INIT), mode: 0o755 },
    { path: 'bin/busybox', bytes: await readFile(join(root, 'usr/bin/busybox')), mode: 0o755 },
    { path: 'virtio_blk.ko.xz', bytes: await readFile(block), mode: 0o644 },
    ...['dev', 'root'].map((path) => ({ path: `${path}/.keep`, bytes: empty, mode: 0o644 })),
  ];
  return cpio(entries);
}
