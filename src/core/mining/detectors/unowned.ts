import type { Sighting } from '../sighting.ts';

/**
 * At a time, of all cgroups and of one: a pod that has just begun does little yet. All together are what
 * the kernel tells in two ticks, after which an owner is known.
 */
const MOST_HELD = 4096;
const MOST_OF_CGROUP = 32;

/** What is known of the owner of a cgroup: `pending` may still turn out to be a pod's. */
export type Ownership = 'owned' | 'nobody' | 'pending' | 'gone';

/**
 * Holds what was seen in cgroups of which it is not known yet whose they are, until it is, or the
 * cgroup is gone: a pod that is a millisecond old may start a miner before its path was read.
 */
export class UnownedSightings {
  readonly #byCgroup = new Map<number, Sighting[]>();
  #held = 0;
  #lost = 0;

  /** Sightings that found no room, or whose cgroup was gone before its owner was known. */
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

  /** Gives back those whose owner is known by now. What belongs to nobody is no loss. */
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
