/** The demo's cgroups, and two network namespaces connected by a cable. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 10;
const PATIENCE_MS = 5000;

export interface Held extends AsyncDisposable {
  readonly pid: number;
}

/**
 * Creates a cgroup for each name below `root`. At disposal, kills their processes and removes them.
 */
export async function openCgroups(
  root: string,
  names: readonly string[],
): Promise<AsyncDisposable> {
  await removeCgroup(root); // left by a killed demo
  for (const name of names) mkdirSync(join(root, name), { recursive: true });
  return { [Symbol.asyncDispose]: () => removeCgroup(root) };
}

/** Starts a program in a cgroup and, if given, in the network namespace of a process. */
export function startIn(cgroup: string, command: readonly string[], netnsPid?: number): Held {
  const enter = 'echo 0 >"$0/cgroup.procs" && exec "$@"';
  const inside = netnsPid === undefined ? [] : ['nsenter', netnsOf(netnsPid)];
  return hold('sh', ['-c', enter, cgroup, ...inside, ...command]);
}

/** Starts an unobserved program in the network namespace of a process. */
export function startOutside(command: readonly string[], netnsPid: number): Held {
  return hold('nsenter', [netnsOf(netnsPid), ...command]);
}

function netnsOf(pid: number): string {
  return `--net=/proc/${pid}/ns/net`;
}

/** A network namespace lives as long as a process in it. This process ends with the demo. */
export async function holdNetwork(): Promise<Held> {
  const own = readlinkSync('/proc/self/ns/net');
  const holder = hold('unshare', ['--net', 'cat']);
  await until('a network namespace', () => readlinkSync(`/proc/${holder.pid}/ns/net`) !== own);
  return holder;
}

/** A cable between two network namespaces. The ends get these IPv4 and IPv6 addresses. */
export function connectNetworks(
  ends: readonly { readonly pid: number; readonly addresses: readonly string[] }[],
): void {
  const [left, right] = ends.map(({ pid }) => `netns ${pid}`);
  run('ip', `link add name wire ${left} type veth peer name wire ${right}`.split(' '));
  for (const { pid, addresses } of ends) {
    const lines = addresses.map((address) => `address add ${address} dev wire nodad`);
    run('nsenter', [netnsOf(pid), 'ip', '-batch', '-'], [...lines, 'link set wire up'].join('\n'));
  }
}

export async function until(what: string, probe: () => boolean): Promise<void> {
  for (let waitedMs = 0; !probe(); waitedMs += POLL_MS) {
    if (waitedMs > PATIENCE_MS) throw new Error(`timed out waiting for ${what}`);
    await sleep(POLL_MS);
  }
}

function hold(program: string, args: readonly string[]): Held {
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin.on('error', () => {}); // it ended first
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = once(child, 'close');
  ended.catch(() => {});
  let isWanted = true;
  child.once('exit', (code) => {
    if (isWanted && code) process.stderr.write(`${program} ${args.join(' ')}: ${code}\n${output}`);
  });
  if (child.pid === undefined) throw new Error(`${program} cannot be started`);
  return {
    pid: child.pid,
    [Symbol.asyncDispose]: async () => {
      isWanted = false;
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function removeCgroup(path: string): Promise<void> {
  if (!existsSync(path)) return;
  await until(`${path} to be empty`, () => {
    killAllIn(path);
    return readFileSync(join(path, 'cgroup.events'), 'utf8').includes('populated 0');
  });
  for (const name of childrenOf(path)) rmdirSync(join(path, name));
  rmdirSync(path);
}

/** NOTE: cgroup.kill requires Linux 5.14. */
function killAllIn(path: string): void {
  for (const name of [...childrenOf(path), '.']) {
    const pids = readFileSync(join(path, name, 'cgroup.procs'), 'utf8')
      .split('\n')
      .map(Number);
    for (const pid of pids.filter((each) => each > 0)) kill(pid);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function childrenOf(path: string): string[] {
  const entries = readdirSync(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function run(program: string, args: readonly string[], input = ''): void {
  try {
    execFileSync(program, args, { input, stdio: ['pipe', 'ignore', 'pipe'] });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw cause;
    throw new Error(`the demo needs ${program}: install iproute2`, { cause });
  }
}
