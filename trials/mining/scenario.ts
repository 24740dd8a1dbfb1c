import type { Peaks } from './peaks.ts';
import type { PodTape } from './pod-tape.ts';

/** One or several programs that look like a miner, or benign ones. */
export interface Scenario {
  /** Class in the result tables. */
  readonly family: string;
  readonly what: string;
  /** The expected verdict. 'nothing' is any score below suspicious. */
  readonly expected: 'mining' | 'suspicious' | 'nothing';
  /** Time that it is watched. */
  readonly seconds: number;
  /** Uses almost no CPU, so any number can run beside busy scenarios. */
  readonly isLight?: boolean;
  /** Starts it in a cgroup that represents a pod. */
  readonly begin: (cgroup: string) => Promise<AsyncDisposable>;
}

/** Result of one run of a scenario. */
export interface Outcome {
  readonly scenario: Scenario;
  readonly peaks: Pick<Peaks, 'score' | 'signals' | 'without'>;
  /** Time from the start to the expected verdict; for benign scenarios to any verdict. */
  readonly foundSeconds: number | undefined;
  readonly tape: PodTape;
}
