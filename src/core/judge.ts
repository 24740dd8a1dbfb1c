import type { AttributedTick } from './ledger/attributed-tick.ts';
import type { Loss, Reading } from './reading/reading.ts';

/** The result of one judge in one tick. */
export interface Judgment<Finding> {
  /** Highest score first. */
  readonly findings: readonly Finding[];
  /** Evidence that was lost, since start. */
  readonly lost: readonly Loss[];
}

/** Looks for one kind of abuse. Sees every tick once, and keeps its own state. */
export interface Judge<Finding> {
  judge(reading: Reading, tick: AttributedTick): Judgment<Finding>;
}
