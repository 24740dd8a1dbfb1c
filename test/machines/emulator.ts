import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { inNetwork } from '../../lab/process/process.ts';
import type { Arch } from './kernels/kernels.ts';

const TAIL_LINES = 60;
const TAIL_COLUMNS = 300;

export class GuestError extends Error {
  override name = 'GuestError';
}

/** What a guest boots, and what it is made of. */
export interface Machine {
  readonly vmlinuz: string;
  readonly initrd: string;
  readonly memoryMiB: number;
  /** Of the kernel's command line. */
  readonly words: readonly string[];
  /** Of the emulator's command line. */
  readonly devices?: readonly string[];
  /** Network namespace that the emulator runs in; the machine's own unless told otherwise. */
  readonly netns?: string;
}

interface Emulator {
  readonly command: string;
  readonly machine: readonly string[];
  readonly terminal: string;
}

// What a kernel sees of fast string moves it uses for each copy, and here they go byte by byte; a fifth
// level of page tables is one more look at each miss. Without them programs load in a third of the time.
const WITHOUT_SLOW = 'max,-erms,-fsrm,-fzrm,-fsrs,-la57';

// TCG by name: /dev/kvm is not everywhere, and what passes here must pass there.
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

/** Starts a machine with two CPUs, whose console is the emulator's output, and no network of its own. */
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

/** Runs the emulator until it powers off, and returns all that the console said. */
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

/** What its script ended with: the kernel's own last word may follow. Undefined where it did not. */
export function endOf(marks: ReadonlyMap<string, readonly string[]>): string | undefined {
  return /^\d+/.exec(marks.get('end')?.[0] ?? '')?.[0];
}

/** The end of a console, without the bulk of tables in hex. */
export function tail(console: string): string {
  const lines = console.trimEnd().split('\n').slice(-TAIL_LINES);
  return lines.map((line) => line.slice(0, TAIL_COLUMNS)).join('\n');
}
