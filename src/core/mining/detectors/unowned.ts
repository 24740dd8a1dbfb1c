import type { Ownership } from '../../ledger/attributed-tick.ts';
import type { Sighting } from '../sighting.ts';

/**
 * Limits for all cgroups together and for one cgroup. The total is what the kernel reports in two ticks,
 * after which the owner is known; a new pod does little in that time.
 */
const MOST_HELD = 4096;
const MOST_OF_CGROUP = 32;

/**
 * Holds sightings until the owner of their cgroup is known or the cgroup is gone. A new pod may start a
 * miner before the path of its cgroup was read.
 */
export class UnownedSightings {
  readonly #byCgroup = new Map<number, Sighting[]>();
  #held = 0;
  #lost = 0;

  /** Sightings beyond the limits, or whose cgroup was gone before its owner was known. */
  get lost(): number {
    return this.#lost;
  }

  hold(sighting: Sighting): void {
    const ofCgroup = this.#byCgroup.get(sighting.cgroupId) ?? [];
    if (this.#held >= MOST_HELD || ofCgroup.length >= MOST_OF_CGROUP) {
      this.#lost += 1;
      return;
    }
    this.#held += 1;
    this.#byCgroup.set(sighting.cgroupId, [...ofCgroup, sighting]);
  }

  /** Returns sightings whose owner is now known. Sightings without an owner do not count as lost. */
  *release(ownershipOf: (cgroupId: number) => Ownership): Generator<Sighting> {
    for (const [cgroupId, sightings] of this.#byCgroup) {
      const ownership = ownershipOf(cgroupId);
      if (ownership === 'pending') continue;
      this.#byCgroup.delete(cgroupId);
      this.#held -= sightings.length;
      if (ownership === 'gone') this.#lost += sightings.length;
      if (ownership === 'owned') yield* sightings;
    }
  }
}
