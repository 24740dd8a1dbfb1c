import { mkdir, mkdtemp, readlink, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockConsumer } from '../consumer-lock.ts';
import { LockError } from '../files/lock.ts';
import { TABLE_FILES } from '../files/plain-bpffs.fixture.ts';
import { decodePaths, decodeReading, KernelTables } from './kernel-tables.ts';
import { WireError } from './layout.ts';
import { TableError } from './table-file.ts';
import { cpuBytes, pathBytes, readableVersion, usageBytes } from './table-rows.fixture.ts';
import { connectionRow, usageRow } from './wire.gen.ts';

let bpffs: string;

beforeEach(async () => {
  bpffs = await mkdtemp(join(tmpdir(), 'vigia-tables-'));
});

afterEach(async () => {
  await rm(bpffs, { recursive: true });
});

/** A version directory of regular files in place of pinned iterators. */
async function write(version: string, tables: Record<string, Uint8Array>): Promise<void> {
  const directory = join(bpffs, version, 'tables');
  await mkdir(directory, { recursive: true });
  for (const [name, bytes] of Object.entries({ ...EMPTY, ...tables }))
    await writeFile(join(directory, name), bytes);
  await unlink(join(bpffs, 'current')).catch(() => {});
  await symlink(version, join(bpffs, 'current'));
}

const empty = new Uint8Array(0);
const EMPTY = Object.fromEntries(TABLE_FILES.map((name) => [name, empty]));
const cpu = cpuBytes([
  { startedNs: 7, runs: 2, lost: 1 },
  { startedNs: 7, runs: 3 },
]);

describe('a tick', () => {
  test('reads rows, sums over CPUs, and reads the clocks', async () => {
    const usage = usageBytes([
      { cgroupId: 0, slot: 0 },
      { cgroupId: 99, slot: 3, oncpuNs: 2 ** 40 + 1, bornNs: 5 },
    ]);
    await write(await readableVersion(), { usage, cpu });
    const before = Number(process.hrtime.bigint());
    const reading = decodeReading(await new KernelTables(bpffs).read());

    expect(reading.monotonicNs).toBeGreaterThanOrEqual(before);
    expect(Math.abs(reading.wallMs - Date.now())).toBeLessThan(1000);
    expect(reading.startedNs).toBe(7);
    const rows = [...reading.usage];
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatchObject({ cgroupId: 99, slot: 3, bornNs: 5, diedNs: 0 });
    expect(rows[1]?.cpu.oncpuNs).toBe(2 ** 40 + 1);
    expect(reading.runs[0]).toEqual({ program: 'charge_slice', count: 5 });
    expect(reading.lost[0]).toEqual({ table: 'usage', reason: 'table_full', count: 1 });
    expect(reading.maps).toEqual([
      { map: 'usage', entries: 2, maxEntries: 512 },
      { map: 'flow', entries: 0, maxEntries: 3 * 512 },
    ]);
  });

  test('grows its buffer for a table of any size and uses it again', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => ({ cgroupId: i, slot: i }));
    await write(await readableVersion(), { usage: usageBytes(rows), cpu });
    const tables = new KernelTables(bpffs);
    const first = await tables.read();
    expect([...decodeReading(first).usage].at(-1)?.cgroupId).toBe(4999);
    const second = await tables.read();
    expect(second.usage.buffer).toBe(first.usage.buffer);
  });

  test('reads the version that was loaded since the last tick', async () => {
    await write(await readableVersion(1), { usage: empty, cpu });
    const tables = new KernelTables(bpffs);
    expect((await tables.read()).maxCgroups).toBe(512);
    await write(await readableVersion(2, 1024), {
      usage: usageBytes([{ cgroupId: 1, slot: 3 }]),
      cpu,
    });
    expect(await tables.read()).toMatchObject({
      maxCgroups: 1024,
      usage: { length: usageRow.size },
    });
  });

  test.each(['reap', 'sweep'])('reads the %s file only for an acknowledgement', async (acting) => {
    await write(await readableVersion(), { usage: empty, cpu });
    await unlink(join(bpffs, 'current', 'tables', acting));
    const tables = new KernelTables(bpffs);
    await tables.read();
    await expect(tables.acknowledge()).rejects.toThrow(
      `tables/${acting} is missing; run as root: vigia load, which repairs it`,
    );
  });

  test('has all open connections', async () => {
    const read = async () => decodeReading(await new KernelTables(bpffs).read());
    const connection = new Uint8Array(connectionRow.size).fill(1, 8, 12);
    await write(await readableVersion(), { usage: empty, cpu, connection });
    expect([...(await read()).connection]).toMatchObject([{ flowSlot: 0x01010101, rttUs: 0 }]);
  });

  test('reads paths with any bytes', async () => {
    await write(await readableVersion(), { path: pathBytes([{ cgroupId: 4, path: '/a\n"é' }]) });
    const [row] = decodePaths(await new KernelTables(bpffs).readPaths());
    expect(row).toMatchObject({ cgroupId: 4, pathBytes: 6 });
  });
});

describe('tables that cannot be read', () => {
  test('because nothing is loaded: the error has the command to run', async () => {
    const reading = new KernelTables(bpffs).read();
    await expect(reading).rejects.toThrow(TableError);
    await expect(reading).rejects.toThrow(
      `${bpffs}/current is missing, so nothing is loaded; run as root: vigia load (or: sudo make run)`,
    );
  });

  test('because a row is incomplete: the error names the table', async () => {
    await write(await readableVersion(), { usage: new Uint8Array(300), cpu });
    const raw = await new KernelTables(bpffs).read();
    expect(() => decodeReading(raw)).toThrow(WireError);
    expect(() => decodeReading(raw)).toThrow(
      /^usage: 300 bytes are not a whole number of rows \(usage_row/,
    );
  });

  test('because the cpu table is empty', async () => {
    await write(await readableVersion(), { usage: empty, cpu: empty });
    const raw = await new KernelTables(bpffs).read();
    expect(() => decodeReading(raw)).toThrow(/^cpu: the table has no rows/);
  });

  test.each(['g1-ffffffff-00000000-512', 'v1', '../elsewhere'])(
    'because another version loaded %s',
    async (version) => {
      await symlink(version, join(bpffs, 'current'));
      expect(await readlink(join(bpffs, 'current'))).toBe(version);
      await expect(new KernelTables(bpffs).read()).rejects.toThrow(/by another version of Vigia/);
    },
  );

  test('because the tick was aborted', async () => {
    await write(await readableVersion(), { usage: empty, cpu });
    await expect(new KernelTables(bpffs).read(AbortSignal.abort())).rejects.toThrow('aborted');
  });
});

describe('the consumer lock', () => {
  test('is exclusive, and can be taken again after disposal', async () => {
    {
      await using _held = await lockConsumer(bpffs);
      const second = lockConsumer(bpffs);
      await expect(second).rejects.toThrow(LockError);
      await expect(second).rejects.toThrow(`${bpffs}: another vigia run reads these tables`);
    }
    await using _again = await lockConsumer(bpffs);
  });

  test('belongs to a directory, under any path', async () => {
    await using _held = await lockConsumer(bpffs);
    await mkdir(join(bpffs, 'a'));
    await symlink('a', join(bpffs, 'b'));
    await using _other = await lockConsumer(join(bpffs, 'a'));
    await expect(lockConsumer(join(bpffs, 'b'))).rejects.toThrow(LockError);
  });
});
