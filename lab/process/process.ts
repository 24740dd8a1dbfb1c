import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 5;
/** Timeout for a program while others share the machine. */
const PATIENCE_MS = 90_000;
const PROGRAMS = join(import.meta.dirname, '../../build/lab');
const SOURCES = join(import.meta.dirname, '../programs');

/** A program in a cgroup. Killed at disposal. Its children end with the scene's cgroup. */
export interface Process extends AsyncDisposable {
  readonly pid: number;
  /** Starts a held program. */
  readonly go: () => void;
  /** Its output so far. */
  readonly output: () => string;
  /** Waits until its output contains a text. */
  readonly prints: (text: string) => Promise<void>;
  /** Closes its input, waits for its end and returns its output. Throws if it failed. */
  readonly end: () => Promise<string>;
}

/**
 * Waits until `look` returns a value, and returns it. At a timeout, the error names what was
 * expected.
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  timeoutMs = 20_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== null && found !== false) return found as NonNullable<T>;
    if (performance.now() > deadline) throw new Error(`timed out after ${timeoutMs} ms: ${what}`);
    await delay(POLL_MS);
  }
}

/**
 * Starts a program that sleeps in a cgroup until `go()`. Its usage until then is already counted,
 * so a baseline taken now is exact.
 */
export async function holdInside(cgroup: string, command: readonly string[]): Promise<Process> {
  const script = 'echo 0 >"$0/cgroup.procs" && read -r _ && exec "$@"';
  const child = spawn('/bin/sh', ['-c', script, cgroup, ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  let failure = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  child.stdin.on('error', () => {}); // it ended without reading
  const ended = once(child, 'close').then(([code, signal]) => {
    if (code !== 0) failure = `${command.join(' ')}: ${code ?? signal} ${errors}`;
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error('no shell');
  await until(`${command[0]} asleep in ${cgroup}`, () => {
    if (child.exitCode !== null) throw new Error(errors);
    return isIn(cgroup, pid) && isAsleep(pid);
  });
  return {
    pid,
    go: () => void child.stdin.write('\n'),
    output: () => output,
    prints: async (text) => {
      await until(
        `${command.join(' ')} to say "${text}"`,
        () => {
          if (child.exitCode !== null && !output.includes(text)) throw new Error(errors);
          return output.includes(text);
        },
        PATIENCE_MS,
      );
    },
    end: async () => {
      child.stdin.end();
      await ended;
      if (failure !== '') throw new Error(failure);
      return output;
    },
    [Symbol.asyncDispose]: async () => {
      await endNow(child);
      child.stdin.destroy();
    },
  };
}

/** Kills a program and waits for its end. */
export async function endNow(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** A command for `spawn`, in a network namespace if one is given. */
export function inNetwork(
  netns: string | undefined,
  program: string,
  words: readonly string[],
): [program: string, words: string[]] {
  if (netns === undefined) return [program, [...words]];
  return ['nsenter', [`--net=${netns}`, program, ...words]];
}

/** Like `holdInside`, but starts at once. */
export async function startInside(cgroup: string, command: readonly string[]): Promise<Process> {
  const program = await holdInside(cgroup, command);
  program.go();
  return program;
}

/** Runs a program in a cgroup until it ends, and returns its output. */
export async function runInside(cgroup: string, command: readonly string[]): Promise<string> {
  await using program = await startInside(cgroup, command);
  return await program.end();
}

/** CPU time of a cgroup and everything below it, from the kernel's cpu.stat. */
export function cpuStatNs(cgroup: string): number {
  const [, usec] = /^usage_usec (\d+)$/m.exec(readFileSync(join(cgroup, 'cpu.stat'), 'utf8')) ?? [];
  return Number(usec) * 1000;
}

/** USER_HZ: the unit of times in /proc/PID/stat, equal on every Linux. */
const TICKS_A_SECOND = 100;

/** User and system time of all threads of a process so far. */
export function cpuSeconds(pid: number): number {
  // proc_pid_stat(5): the name in parentheses may contain anything. utime is field 12 after it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ');
  return (Number(fields?.[11]) + Number(fields?.[12])) / TICKS_A_SECOND;
}

/** Memory of a process, current or peak. */
export function memoryBytes(pid: number, which: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(new RegExp(`^${which}:\\s*(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
}

/** Stops a process. All of its usage is then counted. */
export async function stop(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await until(`all threads of ${pid} to stop`, () =>
    readdirSync(`/proc/${pid}/task`).every((tid) => stateOf(`${pid}/task/${tid}`) === 'T'),
  );
}

export function moveInto(cgroup: string, pid: number): void {
  writeFileSync(join(cgroup, 'cgroup.procs'), String(pid));
}

export function isIn(cgroup: string, pid: number): boolean {
  return readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').split('\n').includes(String(pid));
}

/** Whether a process (its first thread) sleeps. All of its usage is then counted. */
export function isAsleep(pid: number): boolean {
  return stateOf(String(pid)) === 'S';
}

function stateOf(task: string): string | undefined {
  // proc_pid_stat(5): the name in parentheses may contain anything. The state follows the last one.
  return /.*\) (.)/s.exec(readFileSync(`/proc/${task}/stat`, 'latin1'))?.[1];
}

/** Compiles lab/programs/NAME.c once, and returns the program's path. */
export function compiled(name: string): string {
  return compiledFrom(join(SOURCES, `${name}.c`), name);
}

/** The same for any C source. */
export function compiledFrom(source: string, output: string): string {
  return made(source, output, ['gcc', '-O2', '-Wall', '-Wextra', '-pthread']);
}

/** The same for lab/programs/NAME.bpf.c, which becomes a BPF object. */
export function compiledObject(name: string): string {
  const include = `-I/usr/include/${arch() === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  const clang = ['clang', '-O2', '-g', '-target', 'bpf', '-Wall', include, '-c'];
  return made(join(SOURCES, `${name}.bpf.c`), `${name}.bpf.o`, clang);
}

function made(from: string, output: string, [compiler = '', ...flags]: string[]): string {
  const to = join(PROGRAMS, output);
  if (existsSync(to) && statSync(to).mtimeMs > statSync(from).mtimeMs) return to;
  mkdirSync(PROGRAMS, { recursive: true });
  execFileSync(compiler, [...flags, '-o', to, from]);
  return to;
}
