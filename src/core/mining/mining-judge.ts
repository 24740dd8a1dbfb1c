import type { Judge, Judgment } from '../judge.ts';
import type { AttributedTick, CgroupOwners } from '../ledger/attributed-tick.ts';
import { NewClues } from '../reading/clue.ts';
import type { Loss, Reading } from '../reading/reading.ts';
import { DialectDetector } from './detectors/dialect.ts';
import { ExecDetector } from './detectors/exec.ts';
import { knownPools, type PoolOf } from './detectors/known-pools.ts';
import { MemoryDetector } from './detectors/memory.ts';
import { MsrDetector } from './detectors/msr.ts';
import { PoolBeaconDetector } from './detectors/pool-beacon.ts';
import { PoolFlowDetector } from './detectors/pool-flow.ts';
import { PoolNameDetector } from './detectors/pool-name.ts';
import { RandomxDetector } from './detectors/randomx.ts';
import { TirelessDetector } from './detectors/tireless.ts';
import { UnownedSightings } from './detectors/unowned.ts';
import { outboundOf } from './flow-shape/outbound.ts';
import type { CgroupCpu, Detector, Observation } from './observation.ts';
import type { Sighting } from './sighting.ts';
import { CaseBook } from './verdict/case-book.ts';
import type { Finding, Thresholds } from './verdict/finding.ts';
import type { MayMine } from './verdict/may-mine.ts';
import { factsBy } from './verdict/pod-facts.ts';

export interface MiningOptions {
  /** Returns the pool of a name. By default the built-in list. */
  readonly poolOf?: PoolOf;
  readonly thresholds?: Thresholds;
  /** Pods that are allowed to mine. By default none. */
  readonly mayMine?: MayMine;
}

/** Judges whether pods mine: runs all detectors, and books their sightings under the pod. */
export class MiningJudge implements Judge<Finding> {
  readonly #book: CaseBook;
  readonly #poolOf: PoolOf;
  readonly #mayMine: MayMine;
  readonly #unowned = new UnownedSightings();
  #startedNs: number | undefined;
  #clues = new NewClues();
  #detectors: readonly Detector[] = [];

  constructor({ poolOf = knownPools(), thresholds, mayMine = () => false }: MiningOptions = {}) {
    this.#book = new CaseBook(thresholds);
    this.#poolOf = poolOf;
    this.#mayMine = mayMine;
  }

  judge(reading: Reading, tick: AttributedTick): Judgment<Finding> {
    if (reading.startedNs !== this.#startedNs) this.#restart(reading);
    const { ownerOf, ownershipOf } = tick;
    const observation = this.#observe(reading, tick);
    this.#book.rename(ownerOf);
    for (const sighting of this.#unowned.release(ownershipOf)) this.#bookSighting(sighting, tick);
    for (const detector of this.#detectors) {
      for (const sighting of detector.detect(observation)) {
        if (ownershipOf(sighting.cgroupId) === 'pending') this.#unowned.hold(sighting);
        else this.#bookSighting(sighting, tick);
      }
    }
    const findings = this.#book.findings(observation.seconds, factsBy(tick, this.#mayMine));
    return { findings, lost: this.#lost() };
  }

  /** After a load, the counters that the detectors remember no longer apply. The evidence stays. */
  #restart({ startedNs }: Reading): void {
    this.#startedNs = startedNs;
    this.#clues = new NewClues();
    this.#detectors = freshDetectors(this.#poolOf);
  }

  #observe(
    reading: Reading,
    { secondsOf, queriedNames, classOf, holderOf }: AttributedTick,
  ): Observation {
    return {
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
  }

  #bookSighting(sighting: Sighting, { ownerOf, sharesOf }: CgroupOwners): void {
    const owner = ownerOf(sighting.cgroupId);
    if (owner) this.#book.add(sighting, owner, sharesOf(sighting.cgroupId));
  }

  /** Sightings dropped because the book was full, or because their owner was never known. */
  #lost(): readonly Loss[] {
    return [
      { table: 'finding', reason: 'table_full', count: this.#book.dropped },
      { table: 'finding', reason: 'no_owner', count: this.#unowned.lost },
    ];
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
