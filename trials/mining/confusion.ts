/** Confusion matrix of a detector. */
export interface Confusion {
  readonly miners: number;
  /** Miners that were detected. */
  readonly detected: number;
  readonly innocents: number;
  /** Benign programs that were detected: false positives. */
  readonly wrong: number;
}

export const NOBODY: Confusion = { miners: 0, detected: 0, innocents: 0, wrong: 0 };

export function together(all: readonly Confusion[]): Confusion {
  return all.reduce(
    (sum, each) => ({
      miners: sum.miners + each.miners,
      detected: sum.detected + each.detected,
      innocents: sum.innocents + each.innocents,
      wrong: sum.wrong + each.wrong,
    }),
    NOBODY,
  );
}

/** NaN without miners. */
export function recallOf({ detected, miners }: Confusion): number {
  return detected / miners;
}

/** NaN if nothing was detected. */
export function precisionOf({ detected, wrong }: Confusion): number {
  return detected / (detected + wrong);
}

/** Harmonic mean of precision and recall: 0 if no miner was detected, NaN if all counts are 0. */
export function f1Of({ detected, miners, wrong }: Confusion): number {
  return (2 * detected) / (detected + miners + wrong);
}
