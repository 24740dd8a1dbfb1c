/** Reproducible numbers from 0 up to, but not including, 1: xorshift32 (Marsaglia, 2003). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

/** Spreads neighboring seeds, whose first numbers are similar otherwise: 2^32 / golden ratio. */
export function spread(seed: number): number {
  return Math.imul(seed, 2_654_435_761) >>> 0;
}

/** A whole number from 0 up to, but not including, the limit. */
export type Below = (limit: number) => number;

export function belowFrom(seed: number): Below {
  const random = randomFrom(spread(seed));
  return (limit) => Math.floor(random() * limit);
}
