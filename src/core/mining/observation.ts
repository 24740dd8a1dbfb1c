import type { QueriedName } from '../dns/answers.ts';
import type { ClassOf } from '../flow/peer-class.ts';
import type { ClueRecord, Footprint } from '../reading/clue.ts';
import type { CpuUsage } from '../usage/usage.ts';
import type { OutboundFlow } from './flow-shape/outbound.ts';
import type { Sighting } from './sighting.ts';

/** Input of the detectors in one tick. */
export interface Observation {
  /** Unix time of the reading. */
  readonly seconds: number;
  /** Converts CLOCK_MONOTONIC to Unix time. */
  readonly secondsOf: (monotonicNs: number) => number;
  readonly footprints: Iterable<Footprint>;
  /** New since the last tick. */
  readonly clues: readonly ClueRecord[];
  /** DNS queries answered with an address since the last tick. */
  readonly queriedNames: readonly QueriedName[];
  readonly classOf: ClassOf;
  /** The holder whose share of a limit a cgroup uses. */
  readonly holderOf: (cgroupId: number) => string;
  /** By cgroup id. */
  readonly cpu: ReadonlyMap<number, CgroupCpu>;
  readonly outbound: Iterable<OutboundFlow>;
}

/** CPU counters of a cgroup, since load. */
export type CgroupCpu = Pick<CpuUsage, 'oncpuNs' | 'waitNs' | 'tirelessNs'>;

/** Sees each tick, keeps its own state, and reports sightings. */
export interface Detector {
  detect(observation: Observation): Iterable<Sighting>;
}
