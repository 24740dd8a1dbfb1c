import { layoutOf } from '../load/load-plan.ts';
import { versionName } from '../load/pins.ts';
import { possibleCpus } from '../machine.ts';
import { TABLE_NAMES, type TableName } from './catalog.ts';
import { cpuRow, LOSSES, PROGRAMS, pathRow, usageRow } from './wire.gen.ts';

/** Each table, without a row. */
export const NO_ROWS: Readonly<Record<TableName, Uint8Array>> = Object.fromEntries(
  TABLE_NAMES.map((name) => [name, new Uint8Array(0)]),
) as Record<TableName, Uint8Array>;

/** Packed usage rows for tests without a kernel. Other fields are zero. */
export function usageBytes(
  rows: readonly { cgroupId: number; slot: number; oncpuNs?: number; bornNs?: number }[],
): Uint8Array {
  return pack(rows, usageRow.size, (view, at, { cgroupId, slot, oncpuNs = 0, bornNs = 0 }) => {
    view.setBigUint64(at, BigInt(cgroupId), true);
    view.setUint32(at + 8, slot, true);
    view.setBigUint64(at + 16, BigInt(bornNs), true);
    view.setBigUint64(at + 32, BigInt(oncpuNs), true);
  });
}

/** Each CPU has `runs` runs of every program and `lost` losses of every kind. */
export function cpuBytes(
  cpus: readonly { startedNs: number; runs?: number; lost?: number }[],
): Uint8Array {
  return pack(cpus, cpuRow.size, (view, at, { startedNs, runs = 0, lost = 0 }) => {
    view.setBigUint64(at + cpuRow.size - 16, BigInt(startedNs), true); // the hidden levels follow
    for (let i = 0; i < PROGRAMS.length + LOSSES.length; i++) {
      view.setBigUint64(at + 8 + 8 * i, BigInt(i < PROGRAMS.length ? runs : lost), true);
    }
  });
}

export function pathBytes(rows: readonly { cgroupId: number; path: string }[]): Uint8Array {
  return pack(rows, pathRow.size, (view, at, { cgroupId, path }) => {
    const text = Buffer.from(path);
    view.setBigUint64(at, BigInt(cgroupId), true);
    view.setUint32(at + 12, text.length, true);
    text.copy(new Uint8Array(view.buffer), at + 16);
  });
}

/** Name of a version directory with the current layout. */
export async function readableVersion(generation = 1, slots = 512): Promise<string> {
  const layout = layoutOf({ cpus: await possibleCpus(), slots });
  return versionName({ generation, layout, build: '0'.repeat(8), slots });
}

function pack<Row>(
  rows: readonly Row[],
  rowBytes: number,
  write: (view: DataView, at: number, row: Row) => void,
): Uint8Array {
  const bytes = new Uint8Array(rows.length * rowBytes);
  const view = new DataView(bytes.buffer);
  for (const [i, row] of rows.entries()) write(view, i * rowBytes, row);
  return bytes;
}
