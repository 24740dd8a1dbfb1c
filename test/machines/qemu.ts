import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { inNetwork } from '../../lab/process/process.ts';
import type { Arch } from './kernels/kernels.ts';

const TAIL_LINES = 60;
const TAIL_COLUMNS = 300;

export class GuestError extends Error {
  override name = 'GuestError';
}

/** The kernel and the files of a guest. */
export interface Machine {
  readonly vmlinuz: string;
  readonly initrd: string;
  readonly memoryMiB: number;
  /** Arguments of the kernel's command line. */
  readonly words: readonly string[];
  /** Arguments of the emulator's command line. */
  readonly devices?: readonly string[];
  /** Network namespace of the emulator; by default the host's. */
  readonly netns?: string;
}

interface Emulator {
  readonly command: string;
  readonly machine: readonly string[];
  readonly terminal: string;
}

// Kernels use fast string moves for each copy, and the emulator executes them byte by byte. A fifth
// level of page tables is one more access at each miss. Without these, programs load in a third of
// the time.
const WITHOUT_SLOW = 'max,-erms,-fsrm,-fzrm,-fsrs,-la57';

// Always TCG: /dev/kvm is not available everywhere, and tests must pass without it.
const EMULATORS: Record<Arch, Emulator> = {
  amd64: {
    command: 'qemu-system-x86_64',
    machine: ['-accel', 'tcg,thread=multi', '-cpu', WITHOUT_SLOW],
    terminal: 'ttyS0',
  },
  arm64: {
    command: 'qemu-system-aarch64',
    machine: ['-M', 'virt', '-accel', 'tcg,thread=multi', '-cpu', 'max,pauth-impdef=on'],
    terminal: 'ttyAMA0',
  },
};

/** Starts a machine with two CPUs and no network. The emulator's output is its console. */
export function emulate(arch: Arch, guest: Machine): ChildProcess {
  const { command, machine, terminal } = EMULATORS[arch];
  const { vmlinuz, initrd, memoryMiB, words, devices = [], netns } = guest;
  const size = ['-m', String(memoryMiB), '-smp', '2', '-nic', 'none'];
  const display = ['-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-no-reboot'];
  const append = [`console=${terminal}`, 'quiet', 'panic=-1', ...words].join(' ');
  const boot = ['-kernel', vmlinuz, '-initrd', initrd, '-append', append];
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const all = [...machine, ...size, ...display, ...boot, ...devices];
  return spawn(...inNetwork(netns, command, all), { stdio });
}

/** Runs the emulator until it powers off, and returns the console output. */
export async function watch(emulator: ChildProcess, timeoutMs: number): Promise<string> {
  const output: string[] = [];
  for (const stream of [emulator.stdout, emulator.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => output.push(text));
  }
  const timer = setTimeout(() => {
    output.push(`\n(no end after ${timeoutMs / 1000} s: stopped)\n`);
    emulator.kill('SIGKILL');
  }, timeoutMs);
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

/** The exit status of its script, even if the kernel prints afterwards. Undefined without one. */
export function endOf(marks: ReadonlyMap<string, readonly string[]>): string | undefined {
  return /^\d+/.exec(marks.get('end')?.[0] ?? '')?.[0];
}

/** The end of a console, without large hexadecimal tables. */
export function tail(console: string): string {
  const lines = console.trimEnd().split('\n').slice(-TAIL_LINES);
  return lines.map((line) => line.slice(0, TAIL_COLUMNS)).join('\n');
}
