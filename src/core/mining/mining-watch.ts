import type { QueriedName } from '../dns/answers.ts';
import type { FlowEnd } from '../flow/flow.ts';
import type { ClassOf } from '../flow/peer-class.ts';
import { NewClues } from '../reading/clue.ts';
import type { Loss, Reading } from '../reading/reading.ts';
import type { Share } from '../sharing/fair-share.ts';
import { DialectDetector } from './detectors/dialect.ts';
import { ExecDetector } from './detectors/exec.ts';
import type { PoolOf } from './detectors/known-pools.ts';
import { MemoryDetector } from './detectors/memory.ts';
import { MsrDetector } from './detectors/msr.ts';
import { PoolBeaconDetector } from './detectors/pool-beacon.ts';
import { PoolFlowDetector } from './detectors/pool-flow.ts';
import { PoolNameDetector } from './detectors/pool-name.ts';
import { RandomxDetector } from './detectors/randomx.ts';
import { TirelessDetector } from './detectors/tireless.ts';
import { type Ownership, UnownedSightings } from './detectors/unowned.ts';
import { outboundOf } from './flow-shape/outbound.ts';
import type { CgroupCpu, Detector, Observation } from './observation.ts';
import type { Sighting } from './sighting.ts';
import { CaseBook, type FactsOf } from './verdict/case-book.ts';
import type { Finding, Thresholds } from './verdict/finding.ts';

export interface WatchContext {
  /** DNS queries since the last tick. */
  readonly queriedNames: readonly QueriedName[];
  readonly classOf: ClassOf;
  /** Undefined if no pod owns the cgroup. */
  readonly ownerOf: (cgroupId: number) => FlowEnd | undefined;
  readonly ownershipOf: (cgroupId: number) => Ownership;
  /** The shares of limited resources that a cgroup uses. */
  readonly sharesOf: (cgroupId: number) => readonly Share[];
  readonly holderOf: (cgroupId: number) => string;
  readonly factsOf: FactsOf;
  /** Converts CLOCK_MONOTONIC to Unix time. */
  readonly secondsOf: (monotonicNs: number) => number;
}

/** Runs all detectors at each tick, and books their sightings under the pod. */
export class MiningWatch {
  readonly #book: CaseBook;
  readonly #poolOf: PoolOf;
  readonly #unowned = new UnownedSightings();
  #clues = new NewClues();
  #detectors: readonly Detector[];

  constructor(poolOf: PoolOf, thresholds?: Thresholds) {
    this.#book = new CaseBook(thresholds);
    this.#poolOf = poolOf;
    this.#detectors = freshDetectors(poolOf);
  }

  /** After a reload of the kernel tables, whose old counters no longer apply. The evidence stays. */
  restart(): void {
    this.#clues = new NewClues();
    this.#detectors = freshDetectors(this.#poolOf);
  }

  /** Sightings dropped because the book was full, or because their owner was never known. */
  get lost(): readonly Loss[] {
    return [
      { table: 'finding', reason: 'table_full', count: this.#book.dropped },
      { table: 'finding', reason: 'no_owner', count: this.#unowned.lost },
    ];
  }

  take(reading: Reading, context: WatchContext): Finding[] {
    const { ownerOf, ownershipOf, holderOf, factsOf, secondsOf, queriedNames, classOf } = context;
    const observation: Observation = {
      seconds: reading.wallMs / 1e3,
      secondsOf,
      footprints: reading.footprint,
      clues: this.#clues.of(reading.clue),
      queriedNames,
      classOf,
      holderOf,
      cpu: cpuOf(reading),
      outbound: outboundOf(reading.flow, reading.connection),
    };
    this.#book.rename(ownerOf);
    for (const sighting of this.#unowned.release(ownershipOf)) this.#bookIt(sighting, context);
    for (const detector of this.#detectors) {
      for (const sighting of detector.detect(observation)) {
        if (ownershipOf(sighting.cgroupId) === 'pending') this.#unowned.hold(sighting);
        else this.#bookIt(sighting, context);
      }
    }
    return this.#book.findings(observation.seconds, factsOf);
  }

  #bookIt(sighting: Sighting, { ownerOf, sharesOf }: WatchContext): void {
    const owner = ownerOf(sighting.cgroupId);
    if (owner) this.#book.add(sighting, owner, sharesOf(sighting.cgroupId));
  }
}

function freshDetectors(poolOf: PoolOf): readonly Detector[] {
  return [
    new RandomxDetector(),
    new DialectDetector(),
    new PoolNameDetector(poolOf),
    new ExecDetector(),
    new MemoryDetector(),
    new MsrDetector(),
    new TirelessDetector(),
    new PoolFlowDetector(),
    new PoolBeaconDetector(),
  ];
}

/** Copies three fields, because a detector keeps them until the next tick. */
function cpuOf({ usage }: Reading): ReadonlyMap<number, CgroupCpu> {
  const byCgroup = new Map<number, CgroupCpu>();
  for (const { cgroupId, cpu } of usage) {
    const { oncpuNs, waitNs, tirelessNs } = cpu;
    if (cgroupId !== 0) byCgroup.set(cgroupId, { oncpuNs, waitNs, tirelessNs });
  }
  return byCgroup;
}
