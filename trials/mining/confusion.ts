/** Confusion matrix of a detector. */
export interface Confusion {
  readonly miners: number;
  /** Miners that were detected. */
  readonly told: number;
  readonly innocents: number;
  /** Benign programs that were detected: false positives. */
  readonly wrong: number;
}

export const NOBODY: Confusion = { miners: 0, told: 0, innocents: 0, wrong: 0 };

export function together(all: readonly Confusion[]): Confusion {
  return all.reduce(
    (sum, each) => ({
      miners: sum.miners + each.miners,
      told: sum.told + each.told,
      innocents: sum.innocents + each.innocents,
      wrong: sum.wrong + each.wrong,
    }),
    NOBODY,
  );
}

/** NaN without miners. */
export function recallOf({ told, miners }: Confusion): number {
  return told / miners;
}

/** NaN if nothing was detected. */
export function precisionOf({ told, wrong }: Confusion): number {
  return told / (told + wrong);
}

/** Harmonic mean of precision and recall: 0 if no miner was detected, NaN if all counts are 0. */
export function f1Of({ told, miners, wrong }: Confusion): number {
  return (2 * told) / (told + miners + wrong);
}
