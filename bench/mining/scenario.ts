/** A program, or several, that mine as far as anybody can see, or do not. */
export interface Scenario {
  /** What is told apart in the table. */
  readonly family: string;
  readonly what: string;
  /** What it must be told as: 'nothing' is anything below suspicious. */
  readonly expected: 'mining' | 'suspicious' | 'nothing';
  /** How long it is watched. */
  readonly seconds: number;
  /** Starts it in a cgroup that stands for a pod. */
  readonly begin: (cgroup: string) => Promise<AsyncDisposable>;
}

/** What came of one run of a scenario. */
export interface Outcome {
  readonly scenario: Scenario;
  readonly peakScore: number;
  /** From the begin until it was told as expected, or as anything at all where nothing was. */
  readonly foundSeconds: number | undefined;
  /** What was held against it at its peak. */
  readonly signals: readonly string[];
}
