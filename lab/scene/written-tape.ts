import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RESERVED_SLOTS } from '../../src/core/reading/reading.ts';
import { cpuBytes, NO_ROWS, usageBytes } from '../../src/kernel/tables/table-rows.fixture.ts';
import { TapeRecorder } from '../../src/kernel/tables/tape-recorder.ts';

/** A tape in its own directory. Removed at disposal. */
export interface WrittenTape extends AsyncDisposable {
  readonly directory: string;
}

const RESERVED = Object.keys(RESERVED_SLOTS).length;

/** One tick of a host with this many services, each with some CPU usage. */
export async function writeTape(services: number, intervalMs = 1000): Promise<WrittenTape> {
  const directory = mkdtempSync(join(tmpdir(), 'vigia-tape-'));
  const about = { version: '1', intervalMs, nodeName: 'taped' };
  const recorder = await TapeRecorder.open(directory, about, 2 ** 26);
  const rest = Array.from({ length: RESERVED }, (_, slot) => ({ cgroupId: 0, slot }));
  const rows = Array.from({ length: services }, (_, i) => ({
    cgroupId: i + 1,
    slot: RESERVED + i,
    oncpuNs: 1e9 + i,
    bornNs: 1,
  }));
  await recorder.record({
    wallMs: Date.now(),
    monotonicNs: 1e9,
    maxCgroups: services + RESERVED,
    hasPackets: true,
    ...NO_ROWS,
    usage: usageBytes([...rest, ...rows]),
    cpu: cpuBytes([{ startedNs: 1, runs: 1 }]),
    paths: new Map(rows.map(({ cgroupId }) => [cgroupId, `/system.slice/app-${cgroupId}.service`])),
  });
  return {
    directory,
    [Symbol.asyncDispose]: async () => rmSync(directory, { recursive: true }),
  };
}
