import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACTING_TABLES, type ActingTable, TABLE_NAMES, type TableName } from '../tables/catalog.ts';
import { cpuBytes, readableVersion, usageBytes } from '../tables/table-rows.fixture.ts';

export type PlainTable = TableName | ActingTable;

/** All files of a version's tables. */
export const TABLE_FILES = [...TABLE_NAMES, ...Object.keys(ACTING_TABLES)] as readonly PlainTable[];

/** A directory of regular files with the format of a loaded version. */
export interface PlainBpffs extends AsyncDisposable {
  readonly path: string;
  write(table: PlainTable, bytes: Uint8Array): Promise<void>;
}

/** One CPU, and CPU time only in the row of the rest. */
export async function plainBpffs(oncpuNs = 1.5e9): Promise<PlainBpffs> {
  const path = await mkdtemp(join(tmpdir(), 'vigia-bpffs-'));
  const version = await readableVersion();
  const tables = join(path, version, 'tables');
  await mkdir(tables, { recursive: true });
  await symlink(version, join(path, 'current'));
  const write: PlainBpffs['write'] = (table, bytes) => writeFile(join(tables, table), bytes);
  for (const table of TABLE_FILES) await write(table, new Uint8Array(0));
  await write('usage', restUsage(oncpuNs));
  await write('cpu', cpuBytes([{ startedNs: 1, runs: 3 }]));
  return { path, write, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

export function restUsage(oncpuNs: number): Uint8Array {
  const rows = [0, 1, 2].map((slot) => ({ cgroupId: 0, slot, oncpuNs: slot === 1 ? oncpuNs : 0 }));
  return usageBytes(rows);
}
