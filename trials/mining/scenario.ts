import type { Peaks } from './peaks.ts';
import type { Tape } from './tape.ts';

/** A program, or several, that mine as far as anybody can see, or do not. */
export interface Scenario {
  /** What is told apart in the table. */
  readonly family: string;
  readonly what: string;
  /** What it must be told as: 'nothing' is anything below suspicious. */
  readonly expected: 'mining' | 'suspicious' | 'nothing';
  /** How long it is watched. */
  readonly seconds: number;
  /** Uses next to no CPU, so that as many as there are run beside those that do. */
  readonly isLight?: boolean;
  /** Starts it in a cgroup that stands for a pod. */
  readonly begin: (cgroup: string) => Promise<AsyncDisposable>;
}

/** What came of one run of a scenario. */
export interface Outcome {
  readonly scenario: Scenario;
  readonly peaks: Pick<Peaks, 'score' | 'signals' | 'without'>;
  /** From the begin until it was told as expected, or as anything at all where nothing was. */
  readonly foundSeconds: number | undefined;
  readonly tape: Tape;
}
