import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Config, parseConfig } from '../config/config.ts';
import { type PlainBpffs, plainBpffs, restUsage } from '../kernel/files/plain-bpffs.fixture.ts';
import { KernelTables } from '../kernel/tables/kernel-tables.ts';
import { TapeRecorder } from '../kernel/tables/tape-recorder.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { openKernelSource } from './kernel-source.ts';
import { openTapeSource } from './tape-source.ts';

const INTERVAL_MS = 25;

let bpffs: PlainBpffs;
let logged: { level: number; msg: string; err?: { message: string } }[];
let stop: AbortController;

const log = pino({ level: 'debug' }, { write: (line: string) => logged.push(JSON.parse(line)) });

beforeEach(async () => {
  bpffs = await plainBpffs();
  [logged, stop] = [[], new AbortController()];
});

afterEach(async () => {
  stop.abort();
  await bpffs[Symbol.asyncDispose]();
});

function configOf(more: Partial<Config> = {}): Config {
  const { config } = parseConfig(new Map(), {});
  const listen = { host: '127.0.0.1', port: 0 };
  const socketPath = join(bpffs.path, 'vigia.sock');
  return {
    ...config,
    socketPath,
    bpffs: bpffs.path,
    intervalMs: INTERVAL_MS,
    listen,
    nodeName: 'n1',
    ...more,
  };
}

async function start(more: Partial<Config> = {}): Promise<Daemon> {
  const config = configOf(more);
  const source = await openKernelSource(config, log);
  return await startDaemon(config, log, { source }, stop.signal);
}

async function get(daemon: Daemon, path: string): Promise<string> {
  return await (await fetch(daemon.url + path)).text();
}

/** Asks until the answer has it. */
async function until(daemon: Daemon, path: string, wanted: RegExp): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const text = await get(daemon, path);
    if (wanted.test(text)) return text;
    await sleep(INTERVAL_MS);
  }
  throw new Error(`${path} never has ${wanted}`);
}

// The cgroup tree is walked: any Linux with cgroup v2 will do, without privilege.
describe('the daemon', () => {
  test('has a snapshot and is ready once it has started', async () => {
    await using daemon = await start();
    expect(await get(daemon, '/readyz')).toBe('ok\n');
    expect(await get(daemon, '/healthz?verbose')).toMatch(/^\[\+\]tick ok: last tick began 0\./);
    expect(await get(daemon, '/metrics')).toMatch(/^vigia_node_cpu_seconds_total 1\.5$/m);
    expect(await get(daemon, '/')).toContain('<title>Vigia on n1</title>');
    expect(logged.map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/^observing \/.*; see http:\/\/127\.0\.0\.1:\d+\/metrics$/),
    ]);
  });

  test('shows what the kernel has counted since', async () => {
    await using daemon = await start();
    await bpffs.write('usage', restUsage(2.5e9));
    await until(daemon, '/metrics', /^vigia_node_cpu_seconds_total 2\.5$/m);
  });

  test('keeps the last good snapshot when a table is torn, counts, and warns once', async () => {
    await using daemon = await start();
    await bpffs.write('usage', new Uint8Array(100));
    const scrape = await until(daemon, '/metrics', /^vigia_tick_failures_total [3-9]/m);
    expect(scrape).toMatch(/^vigia_node_cpu_seconds_total 1\.5$/m);
    const warnings = logged.filter(({ level }) => level >= 40);
    expect(warnings.map(({ err }) => err?.message)).toEqual([
      expect.stringContaining('usage: 100 bytes are not a whole number of rows (usage_row'),
    ]);

    await bpffs.write('usage', restUsage(3.5e9));
    await until(daemon, '/metrics', /^vigia_node_cpu_seconds_total 3\.5$/m);
    expect(logged.at(-1)?.msg).toBe('tables are readable again');
  });

  test('is not ready while its snapshot is too old, but alive', async () => {
    await using daemon = await start();
    await bpffs.write('usage', new Uint8Array(100));
    const why = /^\[-\]snapshot failed: 1\.\d s old; \d+ failed ticks since, see the log$/m;
    await until(daemon, '/readyz', why);
    expect(await get(daemon, '/healthz')).toBe('ok\n');
    await bpffs.write('usage', restUsage(3.5e9));
    await until(daemon, '/readyz', /^ok$/m);
  });

  test('ends when it is told to, and serves no more', async () => {
    const daemon = await start();
    stop.abort();
    await daemon.stopped;
    await daemon[Symbol.asyncDispose]();
    await expect(fetch(daemon.url)).rejects.toThrow();
  });

  test('is the only one at its tables, and frees them when it ends', async () => {
    {
      await using _first = await start();
      await expect(start()).rejects.toThrow('another vigia run reads these tables');
    }
    await using _next = await start();
  });

  test('that finds its port in use does not start, and leaves its tables to others', async () => {
    await using first = await start();
    await using other = await plainBpffs();
    const port = Number(new URL(first.url).port);
    const listen = { host: '127.0.0.1', port };
    await expect(start({ bpffs: other.path, listen })).rejects.toThrow('the port is in use');
    await using _second = await start({ bpffs: other.path });
  });

  test('without a load does not start, and says what to run', async () => {
    const nothing = start({ bpffs: join(bpffs.path, 'nothing') });
    await expect(nothing).rejects.toThrow('run as root: vigia load (or: sudo make run)');
  });

  test('does not observe what is no cgroup', async () => {
    await expect(start({ cgroup: '/proc' })).rejects.toThrow('is not in the cgroup v2 hierarchy');
  });
});

test('a tape is served as the kernel was, and held at its end', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'vigia-tape-'));
  const about = { version: '1', intervalMs: INTERVAL_MS, nodeName: 'n2' };
  const recorder = await TapeRecorder.open(directory, about, 2 ** 20);
  const tables = new KernelTables(bpffs.path);
  for (const seconds of [1, 2, 3]) {
    await bpffs.write('usage', restUsage(seconds * 1e9));
    const [raw, path] = [await tables.read(), await tables.readPaths()];
    await recorder.record({ ...raw, path, paths: new Map([[1, '/']]) });
  }

  const source = await openTapeSource(directory, {});
  await using daemon = await startDaemon(configOf(), log, { source }, stop.signal);
  await until(daemon, '/metrics', /^vigia_node_cpu_seconds_total 3$/m);
  await sleep(5 * INTERVAL_MS);
  const held = await get(daemon, '/metrics');
  expect(held).toMatch(/^vigia_node_cpu_seconds_total 3$/m);
  const takenSeconds = Number(/^vigia_snapshot_timestamp_seconds (\S+)$/m.exec(held)?.[1]);
  expect(Math.abs(takenSeconds - Date.now() / 1000)).toBeLessThan(2);
  await rm(directory, { recursive: true });
});
