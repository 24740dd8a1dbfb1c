import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { CAPABILITY } from '../../kernel/load/capabilities.ts';
import { parseInventory } from '../../kernel/load/inventory.ts';
import { parseVersion } from '../../kernel/load/pins.ts';
import { ACTING_TABLES, TABLE_NAMES, TABLES } from '../../kernel/tables/catalog.ts';
import { decodeReading, KernelTables } from '../../kernel/tables/kernel-tables.ts';
import { type Check, fail, ok, warn } from './check.ts';
import type { Host } from './host.ts';

/** Tables of every load; used if the load has no inventory. */
const EXPECTED = [
  ...TABLE_NAMES.filter((name) => !TABLES[name].needsPackets),
  ...Object.keys(ACTING_TABLES),
];

/** Pins of the loaded version, below its directory. Only root can see maps and programs. */
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
  run: async (host) => {
    const { bpffs, uid } = host.config;
    if (!host.isLoaded) {
      const lost = host.directories(bpffs).filter((name) => parseVersion(name) !== undefined);
      if (lost.length > 0)
        return fail(`missing in ${bpffs}: the link current, or its target`, REPAIR);
      return host.hasCapability(CAPABILITY.bpf)
        ? ok('not loaded yet; vigia run loads them')
        : fail('not loaded', 'run as root: vigia load');
    }
    // NOTE: checks access and never opens, because opening `reap` is an acknowledgement.
    const directory = join(bpffs, 'current');
    const pins = expectedPins(host);
    const missing = pins.filter((pin) => !host.exists(join(directory, pin)));
    if (missing.length > 0) return fail(`missing in ${directory}: ${missing.join(', ')}`, REPAIR);
    const shut = pins.filter((pin) => !host.isReadable(join(directory, pin)));
    if (shut.length > 0) {
      return fail(
        `user ${host.uid} cannot read ${shut.join(', ')} in ${directory}`,
        `run as the user of the load, or run as root: vigia load --uid=${host.uid}`,
      );
    }
    const owner = lstatSync(host.at(join(directory, 'tables/usage'))).uid;
    const state = await readState(host.at(bpffs));
    if (owner === uid) return ok(`${state}, for user ${owner}`);
    return warn(
      `${state}, for user ${owner} instead of ${uid}`,
      `run as root: vigia load --uid=${uid}`,
    );
  },
};

const REPAIR = 'run as root: vigia load, which repairs it';

/** Reads as a tick does, without acknowledging. Throws as a tick does. */
async function readState(bpffs: string): Promise<string> {
  const { maps, startedNs, monotonicNs } = decodeReading(await new KernelTables(bpffs).read());
  const hours = ((monotonicNs - startedNs) / 3.6e12).toFixed(1);
  const rows = maps.find(({ map }) => map === 'usage')?.entries ?? 0;
  return `${rows} rows, counting for ${hours} h`;
}
