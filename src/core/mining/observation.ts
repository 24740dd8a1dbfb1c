import type { AskedName } from '../dns/answers.ts';
import type { ClassOf } from '../flow/peer-class.ts';
import type { ClueRecord, Footprint } from '../reading/clue.ts';
import type { CpuUsage } from '../usage/usage.ts';
import type { OutboundFlow } from './flow-shape/outbound.ts';
import type { Sighting } from './sighting.ts';

/** What a detector may look at in one tick. */
export interface Observation {
  /** Unix time, of the reading. */
  readonly seconds: number;
  /** Unix time of a moment on CLOCK_MONOTONIC. */
  readonly secondsOf: (monotonicNs: number) => number;
  readonly footprints: Iterable<Footprint>;
  /** Those that came since the last tick. */
  readonly clues: readonly ClueRecord[];
  /** Names that DNS was asked for, and gave an address, since the last tick. */
  readonly asked: readonly AskedName[];
  readonly classOf: ClassOf;
  /** Whose part of what is bounded a cgroup uses up. */
  readonly holderOf: (cgroupId: number) => string;
  /** By cgroup id. */
  readonly cpu: ReadonlyMap<number, CgroupCpu>;
  /** All there are, walked by whoever wants them. */
  readonly outbound: Iterable<OutboundFlow>;
}

/** How busy the threads of a cgroup were, ever since. */
export type CgroupCpu = Pick<CpuUsage, 'oncpuNs' | 'waitNs' | 'tirelessNs'>;

/** Looks at each tick, remembers what it needs, and says what it saw, never what to do about it. */
export interface Detector {
  look(observation: Observation): Iterable<Sighting>;
}
