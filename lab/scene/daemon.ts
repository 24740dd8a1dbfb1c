import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LoadOptions } from '../../src/kernel/load/load-plan.ts';
import { Samples } from '../monitoring/samples.ts';
import { fetchHttp } from '../network/http-client.ts';
import { ROOT } from '../process/checkout.ts';
import { endWithTests } from '../process/children.ts';
import { until } from '../process/process.ts';
import { socketOf } from './scene.ts';

/** The launcher of the shipped bundle, built by `make build`. */
export const VIGIA: string = join(ROOT, 'bin/vigia');

const LATE_MS = 20_000;

export interface LogLine {
  readonly level: string;
  readonly msg: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `vigia run`. Killed at disposal. */
export interface Daemon extends AsyncDisposable {
  readonly pid: number;
  /** Without a trailing slash. */
  readonly url: string;
  readonly log: () => LogLine[];
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<string>;
  /** Current samples of `/metrics`. */
  readonly samples: () => Promise<Samples>;
  /** Sends a signal, by default SIGTERM, and waits for the end. */
  readonly end: (signal?: NodeJS.Signals) => Promise<Ended>;
}

/** Flags for a daemon started as root to use the programs that a scene loaded. */
export function flagsFor(options: LoadOptions): string[] {
  return [
    `--cgroup=${options.cgroup.path}`,
    `--bpffs=${options.bpffs}`,
    `--retention=${options.retentionMs}ms`,
    `--map-memory=${options.mapMemoryBytes}`,
    `--packets=${options.hasPackets ? 'on' : 'off'}`,
    `--mining=${options.mining.join(',') || 'off'}`,
    `--uid=${options.uid}`,
    `--socket=${socketOf(options)}`,
  ];
}

/** A different user, or a different copy of the program. */
export interface Start extends Pick<SpawnOptions, 'uid' | 'gid'> {
  readonly program?: string;
  /** In addition to PATH. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts the shipped program on a free port, with one tick per second, and waits until it is ready.
 */
export async function startDaemon(
  options: LoadOptions,
  more: readonly string[] = [],
  start: Start = {},
): Promise<Daemon> {
  const flags = ['--listen=127.0.0.1:0', '--interval=1s', ...flagsFor(options), ...more];
  return await serving(flags, start);
}

/** The same with a tape: without a kernel, and without root. */
export async function replayDaemon(
  tape: string,
  more: readonly string[] = [],
  start: Start = {},
): Promise<Daemon> {
  const socket = join(tape, 'vigia.sock');
  return await serving(
    [`--replay=${tape}`, '--listen=127.0.0.1:0', `--socket=${socket}`, ...more],
    start,
  );
}

async function serving(flags: readonly string[], start: Start): Promise<Daemon> {
  const { child, output, ended } = vigia(['run', ...flags], start);
  try {
    const url = await until('the daemon to serve', async () => {
      if (child.exitCode !== null) throw new Error(`vigia run: ${child.exitCode} ${output.stderr}`);
      const served = /see (https?:\S+)\/metrics/.exec(output.stdout)?.[1];
      return served && (await isReady(served)) ? served : undefined;
    });
    return daemonOf(child, url, output, ended);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** A scrape of a snapshot newer than the call. */
export async function freshSamples(daemon: Daemon): Promise<Samples> {
  const nowSeconds = Date.now() / 1000;
  return await until('a new snapshot', async () => {
    const samples = await daemon.samples();
    const isNew = samples.one('vigia_snapshot_timestamp_seconds') > nowSeconds;
    return isNew ? samples : undefined;
  });
}

/** Runs the shipped program until it ends, with a short timeout. */
export async function runVigia(args: readonly string[], start: Start = {}): Promise<Ended> {
  const { child, ended } = vigia(args, start);
  const late = setTimeout(() => child.kill('SIGKILL'), LATE_MS);
  return await ended.finally(() => clearTimeout(late));
}

function vigia(args: readonly string[], { program = VIGIA, env: more, ...user }: Start) {
  // Ignores settings in the environment of the test run.
  const env = { PATH: process.env['PATH'] ?? '', ...more };
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  const child = endWithTests(spawn(program, args, { env, ...user, stdio: [...stdio] }));
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, ...output }));
  return { child, output, ended };
}

function daemonOf(
  child: ChildProcess,
  url: string,
  output: { readonly stdout: string },
  ended: Promise<Ended>,
): Daemon {
  const get: Daemon['get'] = async (path, headers = {}) =>
    await (await fetch(url + path, { headers })).text();
  const end: Daemon['end'] = async (signal = 'SIGTERM') => {
    child.kill(signal);
    return await ended;
  };
  return {
    pid: child.pid ?? 0,
    url,
    log: () =>
      output.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as LogLine),
    get,
    samples: async () => new Samples(await get('/metrics')),
    end,
    [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
  };
}

/** Whether there is a snapshot. Other checks may fail. */
async function isReady(url: string): Promise<boolean> {
  return (await fetchHttp(url, '/readyz?verbose')).text.includes('[+]snapshot ok');
}
