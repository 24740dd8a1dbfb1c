import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Entry } from './cpio.ts';
import { initramfs } from './initramfs.ts';
import { type Arch, fetchKernel, type Kernel } from './kernels.ts';

/** Two cores: more guests than this would only slow each other down. */
const MOST_AT_ONCE = 2;
const TIMEOUT_MS = 240_000;
const TAIL_LINES = 60;
const TAIL_COLUMNS = 300;

export interface GuestJob {
  readonly kernel: Kernel;
  /** Runs as /scenario.sh; a line `@@ KEY WORDS…` of its output is a mark. */
  readonly script: string;
  readonly files?: readonly Entry[];
}

export interface GuestRun {
  readonly version: string;
  /** Seconds from the start of the emulator to the end of the script. */
  readonly seconds: number;
  /** Everything that was marked, in order: what followed each key. */
  readonly marks: ReadonlyMap<string, readonly string[]>;
  readonly console: string;
}

export class GuestError extends Error {
  override name = 'GuestError';
}

interface Emulator {
  readonly command: string;
  readonly machine: readonly string[];
  readonly terminal: string;
}

// TCG by name: /dev/kvm is not everywhere, and what passes here must pass there.
const EMULATORS: Record<Arch, Emulator> = {
  amd64: {
    command: 'qemu-system-x86_64',
    machine: ['-accel', 'tcg,thread=multi', '-cpu', 'max'],
    terminal: 'ttyS0',
  },
  arm64: {
    command: 'qemu-system-aarch64',
    machine: ['-M', 'virt', '-accel', 'tcg,thread=multi', '-cpu', 'max,pauth-impdef=on'],
    terminal: 'ttyAMA0',
  },
};

function emulate(arch: Arch, vmlinuz: string, initrd: string): ChildProcess {
  const { command, machine, terminal } = EMULATORS[arch];
  const size = ['-m', '512', '-smp', '2', '-nic', 'none'];
  const display = ['-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-no-reboot'];
  const append = `console=${terminal} quiet panic=-1 rdinit=/init`;
  const boot = ['-kernel', vmlinuz, '-initrd', initrd, '-append', append];
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  return spawn(command, [...machine, ...size, ...display, ...boot], { stdio });
}

/** Runs the emulator until it powers off, and returns all that the console said. */
async function watch(emulator: ChildProcess): Promise<string> {
  const output: string[] = [];
  for (const stream of [emulator.stdout, emulator.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => output.push(text));
  }
  const timer = setTimeout(() => {
    output.push(`\n(no end after ${TIMEOUT_MS / 1000} s: stopped)\n`);
    emulator.kill('SIGKILL');
  }, TIMEOUT_MS);
  try {
    await once(emulator, 'close');
  } finally {
    clearTimeout(timer);
    emulator.kill('SIGKILL');
  }
  return output.join('').replaceAll('\r', '');
}

/** The marks of a console: lines `@@ KEY WORDS…`. */
export function parseMarks(console: string): Map<string, string[]> {
  const marks = new Map<string, string[]>();
  for (const [, key = '', words = ''] of console.matchAll(/^@@ (\S+) ?(.*)$/gm)) {
    marks.set(key, [...(marks.get(key) ?? []), words.trim()]);
  }
  return marks;
}

function failure(end: string | undefined): string {
  return end === undefined ? 'the script did not end' : `the script ended with ${end}`;
}

/** The end of a console, without the bulk of tables in hex. */
function tail(console: string): string {
  const lines = console.trimEnd().split('\n').slice(-TAIL_LINES);
  return lines.map((line) => line.slice(0, TAIL_COLUMNS)).join('\n');
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
    const console = await watch(emulate(kernel.arch, vmlinuz, initrd));
    const seconds = (performance.now() - started) / 1000;
    const marks = parseMarks(console);
    // The kernel's own last word may follow on the same line.
    const end = /^\d+/.exec(marks.get('end')?.[0] ?? '')?.[0];
    if (end !== '0') throw new GuestError(`Linux ${version}: ${failure(end)}\n${tail(console)}`);
    return { version, seconds, marks, console };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

let running = 0;
const waiting: (() => void)[] = [];

/**
 * Boots a kernel in a guest of its own, runs the script there and returns what it said. Throws
 * GuestError with the end of the console where the script fails or does not end.
 */
export async function runInGuest(job: GuestJob): Promise<GuestRun> {
  while (running >= MOST_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  try {
    return await boot(job);
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}
