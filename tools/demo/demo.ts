/**
 * Starts some workloads in its own cgroups and network namespaces, observes them with the shipped
 * daemon, shows their rows, and removes everything.
 *
 *   node tools/demo/demo.ts [--seconds N]
 */
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { lockDirectory, ownName } from '../../src/kernel/files/lock.ts';
import { findCgroupMount } from '../../src/workloads/mount.ts';
import { momentOf, parseScrape, rowOf, type Scrape, tableLines } from './board.ts';
import { answerOf, startDaemon, unload } from './daemon.ts';
import { openCgroups } from './sandbox.ts';
import { Screen } from './screen.ts';
import { PODS, startWorkloads } from './workloads.ts';

const NAMESPACE = 'vigia-demo';
const BPFFS = `/run/${NAMESPACE}`;
const LOCK = `${BPFFS}-lock`;
const SOCKET = join(tmpdir(), `${NAMESPACE}.sock`);
const DEFAULT_SECONDS = 15;
/** The miner is detected after 10 to 15 s, later on a busy machine. */
const FINDING_SECONDS = 30;
const FINDING = `vigia_pod_mining_score{namespace="${NAMESPACE}",pod="miner"}`;
const POLL_MS = 100;
/** Without a terminal, a few tables are enough. */
const PLAIN_TABLES = 3;

const NOTES = [
  'The client opens connections to the web server over IPv4 and IPv6, and to api.example.com.',
  'The hog (three busy loops) and the victim (needs half a CPU) share one CPU.',
  'The miner changes floating-point rounding modes as RandomX does, without computing anything.',
  'WAITS: time waiting for a CPU, as a share of the time running or waiting.',
];

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seconds: { type: 'string' } } });
  const seconds = Number(values.seconds ?? DEFAULT_SECONDS);
  if (!(seconds >= 3)) throw new Error(`--seconds: expected 3 or more, got ${values.seconds}`);
  const mount = await findCgroupMount();
  if (mount === undefined) throw new Error('no cgroup v2 hierarchy is mounted: try vigia doctor');
  const signal = abortOnSignal();
  await play(join(mount, NAMESPACE), seconds, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error; // otherwise all processes received Ctrl-C
  });
  process.stdout.write('Everything is removed.\n');
}

async function play(root: string, seconds: number, signal: AbortSignal): Promise<void> {
  await using stack = new AsyncDisposableStack();
  stack.use(await alone());
  stack.use(await openCgroups(root, PODS));
  process.stdout.write(`Loading the programs below ${root}, starting workloads …\n\n`);
  stack.defer(() => unload(BPFFS));
  const flags = [`--cgroup=${root}`, `--bpffs=${BPFFS}`, '--interval=1s', '--map-memory=16MiB'];
  flags.push(`--socket=${SOCKET}`);
  const { url } = stack.use(await startDaemon(flags));
  stack.use(await startWorkloads(root));
  const lateMs = performance.now() + FINDING_SECONDS * 1000;
  await watch(url, seconds, signal);
  await show('connections', 'Connections');
  await untilFound(url, lateMs, signal);
  await show('findings', 'Findings');
}

/** Only one demo can run, because its cgroups and network namespaces have fixed names. */
async function alone(): Promise<AsyncDisposable> {
  await mkdir(LOCK, { mode: 0o700 }).catch(() => {});
  const refusal = 'another demonstration is running';
  const lock = await lockDirectory(LOCK, { refusal, remedy: 'wait for it', name: ownName() });
  return {
    [Symbol.asyncDispose]: async () => {
      await rm(LOCK, { recursive: true });
      await lock[Symbol.asyncDispose]();
    },
  };
}

async function show(command: string, what: string): Promise<void> {
  process.stdout.write(`\n${what}, from "vigia ${command}":\n\n`);
  process.stdout.write(`${await answerOf(command, SOCKET)}\n`);
}

/** Shows the rows until the time is over or a signal arrives. */
async function watch(url: string, seconds: number, signal: AbortSignal): Promise<void> {
  const screen = new Screen(process.stdout);
  const title = `Prometheus can scrape ${url}/metrics now. Ctrl-C ends this.`;
  const periodSeconds = screen.isLive ? 0.5 : (seconds - 2) / PLAIN_TABLES;
  const endMs = performance.now() + seconds * 1000;
  let before = await scrape(url);
  while (performance.now() < endMs && (await slept(POLL_MS, signal))) {
    const now = await scrape(url);
    if (momentOf(now) - momentOf(before) < periodSeconds) continue;
    const rows = PODS.map((pod) => rowOf({ namespace: NAMESPACE, pod }, before, now));
    screen.show({ title, table: tableLines(rows), notes: NOTES });
    before = now;
  }
}

async function untilFound(url: string, lateMs: number, signal: AbortSignal): Promise<void> {
  while (performance.now() < lateMs && !(await scrape(url)).has(FINDING))
    if (!(await slept(POLL_MS, signal))) return;
}

async function scrape(url: string): Promise<Scrape> {
  return parseScrape(await (await fetch(`${url}/metrics`)).text());
}

/** False if the signal arrived. */
async function slept(ms: number, signal: AbortSignal): Promise<boolean> {
  return await sleep(ms, true, { signal }).catch(() => false);
}

/** Cleans up completely, even after several signals. */
function abortOnSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => stop.abort());
  return stop.signal;
}

main().catch((error: unknown) => {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
