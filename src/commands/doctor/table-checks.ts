import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { CAPABILITY } from '../../kernel/load/capabilities.ts';
import { parseInventory } from '../../kernel/load/inventory.ts';
import { parseVersion } from '../../kernel/load/pins.ts';
import { ACTING_TABLES, TABLE_NAMES, TABLES } from '../../kernel/tables/catalog.ts';
import { decodeReading, KernelTables } from '../../kernel/tables/kernel-tables.ts';
import { type Check, fail, ok, warn } from './check.ts';
import type { Host } from './host.ts';

/** Those that every load has, where it left no inventory. */
const EXPECTED = [
  ...TABLE_NAMES.filter((name) => !TABLES[name].needsPackets),
  ...Object.keys(ACTING_TABLES),
];

/** Pins of the version that is loaded, below its directory: maps and programs for root alone to see. */
function expectedPins(host: Host): string[] {
  const text = host.link(join(host.config.bpffs, 'current', 'inventory'));
  if (text === undefined) return EXPECTED.map((table) => join('tables', table));
  const pins = Array.from(parseInventory(text), ([directory, names]) =>
    names.map((name) => join(directory, name)),
  ).flat();
  return host.uid === 0 ? pins : pins.filter((pin) => pin.startsWith('tables/'));
}

export const tables: Check = {
  name: 'tables',
  look: async (host) => {
    const { bpffs, uid } = host.config;
    if (!host.isLoaded) {
      const lost = host.directories(bpffs).filter((name) => parseVersion(name) !== undefined);
      if (lost.length > 0) return fail(`missing in ${bpffs}: current, or what it leads to`, MEND);
      return host.hasCapability(CAPABILITY.bpf)
        ? ok('nothing is loaded yet; vigia run will do it')
        : fail('nothing is loaded', 'run as root: vigia load');
    }
    // NOTE: looked at, never opened: opening `reap` is an acknowledgement.
    const directory = join(bpffs, 'current');
    const pins = expectedPins(host);
    const missing = pins.filter((pin) => !host.exists(join(directory, pin)));
    if (missing.length > 0) return fail(`missing in ${directory}: ${missing.join(', ')}`, MEND);
    const shut = pins.filter((pin) => !host.isReadable(join(directory, pin)));
    if (shut.length > 0) {
      return fail(
        `user ${host.uid} may not read ${shut.join(', ')} in ${directory}`,
        `run as the user they were loaded for, or as root: vigia load --uid=${host.uid}`,
      );
    }
    const owner = lstatSync(host.at(join(directory, 'tables/usage'))).uid;
    const state = await readState(host.at(bpffs));
    if (owner === uid) return ok(`${state}, for user ${owner}`);
    return warn(`${state}, for user ${owner} and not ${uid}`, `as root: vigia load --uid=${uid}`);
  },
};

const MEND = 'as root run: vigia load, which mends it';

/** Reads as a tick does, but takes nothing. Throws as a tick would. */
async function readState(bpffs: string): Promise<string> {
  const { maps, startedNs, monotonicNs } = decodeReading(await new KernelTables(bpffs).read());
  const hours = ((monotonicNs - startedNs) / 3.6e12).toFixed(1);
  const rows = maps.find(({ map }) => map === 'usage')?.entries ?? 0;
  return `${rows} rows, counting for ${hours} h`;
}
