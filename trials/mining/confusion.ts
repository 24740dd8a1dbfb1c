/** How miners and innocents were told apart. */
export interface Confusion {
  readonly miners: number;
  /** Of the miners, those that were told. */
  readonly told: number;
  readonly innocents: number;
  /** Of the innocents, those that were told. */
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

/** NaN where there were no miners. */
export function recallOf({ told, miners }: Confusion): number {
  return told / miners;
}

/** NaN where nobody was told. */
export function precisionOf({ told, wrong }: Confusion): number {
  return told / (told + wrong);
}

/** The harmonic mean of the two: 0 where no miner was told; NaN where there is nobody to be told. */
export function f1Of({ told, miners, wrong }: Confusion): number {
  return (2 * told) / (told + miners + wrong);
}
