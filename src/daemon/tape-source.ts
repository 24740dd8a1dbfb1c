import type { Config } from '../config/config.ts';
import { noBilling } from '../core/flow/billing.ts';
import { placesBy } from '../core/place/place.ts';
import { noNames } from '../core/place/pod-name.ts';
import { decodePaths, decodeReading, hiddenLevelsIn } from '../kernel/tables/kernel-tables.ts';
import { Tape } from '../kernel/tables/tape.ts';
import { CgroupPaths } from '../workloads/cgroup-paths.ts';
import { behindNat, type ClassNetworks, peerClassifier } from '../workloads/peer-classifier.ts';
import type { Source } from './source.ts';

/** Replays a tape at its recorded interval, then repeats its last tick. Works without root or Linux. */
export async function openTapeSource(
  directory: string,
  config: ClassNetworks & Pick<Config, 'kubeletRoot' | 'natNetworks'>,
): Promise<Source> {
  const classOf = peerClassifier(config);
  const billing = { ...noBilling, isBehindNat: behindNat(config.natNetworks) };
  const placeOf = placesBy({ kubeletRoot: config.kubeletRoot });
  const tape = await Tape.open(directory);
  let position = 0;
  let tick = await tape.read(position);
  const paths = new CgroupPaths({
    hiddenLevels: () => hiddenLevelsIn(tick),
    kernelPaths: async () => decodePaths(tick.path),
    walk: async () => tick.paths,
  });
  return {
    observed: `the tape ${directory}`,
    intervalMs: tape.index.intervalMs,
    watches: [],
    read: async (signal) => {
      tick = await tape.read(position);
      const reading = decodeReading(tick);
      const ids = Array.from(reading.usage, ({ cgroupId }) => cgroupId);
      const pathOf = await paths.resolve(ids, signal);
      position++;
      const throttledNsOf = () => undefined;
      const naming = { pathOf, placeOf, names: noNames, classOf, billing };
      return { reading, attribution: { ...naming, throttledNsOf } };
    },
    acknowledge: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
