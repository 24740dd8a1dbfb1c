import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Entry } from './kernels/cpio.ts';
import { initramfs } from './kernels/initramfs.ts';
import { fetchKernel, type Kernel } from './kernels/kernels.ts';
import { emulate, endOf, GuestError, parseMarks, tail, watch } from './qemu.ts';

/** Two cores: more guests would only slow each other down. */
const MOST_AT_ONCE = 2;
const TIMEOUT_MS = 240_000;
const MEMORY_MIB = 512;

export interface GuestJob {
  readonly kernel: Kernel;
  /** Runs as /scenario.sh. A line `@@ KEY WORDS…` of its output is a mark. */
  readonly script: string;
  readonly files?: readonly Entry[];
}

export interface GuestRun {
  readonly version: string;
  /** Seconds from the start of the emulator to the end of the script. */
  readonly seconds: number;
  /** All marks, in order: the words after each key. */
  readonly marks: ReadonlyMap<string, readonly string[]>;
  readonly console: string;
}

/** The guest did not end and was stopped. */
class HungGuestError extends GuestError {}

function failure(version: string, end: string | undefined, console: string): GuestError {
  const ending = end === undefined ? 'the script did not end' : `the script ended with ${end}`;
  const text = `Linux ${version}: ${ending}\n${tail(console)}`;
  return end === undefined ? new HungGuestError(text) : new GuestError(text);
}

async function boot(job: GuestJob): Promise<GuestRun> {
  const { kernel, script, files = [] } = job;
  const { version, vmlinuz, modules } = await fetchKernel(kernel);
  const dir = await mkdtemp(join(tmpdir(), 'vigia-vm-'));
  try {
    const initrd = join(dir, 'initrd');
    const scenario: Entry = { path: 'scenario.sh', bytes: Buffer.from(script), mode: 0o644 };
    // The guest inserts them in the order of their names.
    const inserted = modules.map(async (path, at) => ({
      path: `modules/${String(at).padStart(2, '0')}-${basename(path)}`,
      bytes: await readFile(path),
      mode: 0o644,
    }));
    const entries = [scenario, ...(await Promise.all(inserted)), ...files];
    await writeFile(initrd, await initramfs(kernel.arch, entries));

    const started = performance.now();
    const words = ['rdinit=/init', ...(kernel.words ?? [])];
    const machine = { vmlinuz, initrd, memoryMiB: MEMORY_MIB, words };
    const console = await watch(emulate(kernel.arch, machine), TIMEOUT_MS);
    const seconds = (performance.now() - started) / 1000;
    const marks = parseMarks(console);
    const end = endOf(marks);
    if (end !== '0') throw failure(version, end, console);
    return { version, seconds, marks, console };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

let running = 0;
const waiting: (() => void)[] = [];

/**
 * Boots a kernel in a guest, runs the script there and returns its marks. Throws GuestError with
 * the end of the console if the script fails or does not end. An emulated kernel hangs once in
 * dozens of runs, so a hang is reported and retried.
 */
export async function runInGuest(job: GuestJob): Promise<GuestRun> {
  while (running >= MOST_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  try {
    return await boot(job).catch((error: unknown) => {
      if (!(error instanceof HungGuestError)) throw error;
      process.stdout.write(`\n${error.message}\n(once more)\n`);
      return boot(job);
    });
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}
