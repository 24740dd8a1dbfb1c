import type { FlowEnd } from '../../flow/flow.ts';
import type { PlaceKind } from '../../place/place.ts';

/** From which score on a finding is told as what. */
export interface Thresholds {
  readonly mining: number;
  readonly suspicious: number;
}

/** By default. */
export const VERDICTS: Thresholds = { mining: 80, suspicious: 50 };

/**
 * `mining`: worth an alert. `suspicious`: worth a look. `noted`: kept, in case that more comes.
 * `allowed`: whatever was seen, this pod may mine.
 */
export type Verdict = keyof Thresholds | 'noted' | 'allowed';

/** All that one signal has said of a pod. */
export interface Evidence {
  /** Of SIGNAL_NAMES, or the name of a combination of them, in the version that saw it. */
  readonly signal: string;
  /** Completes "the pod …". */
  readonly says: string;
  /** What it adds to the score now. */
  readonly points: number;
  /** Events, since the first. */
  readonly count: number;
  /** Unix time. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  /** Of the latest sighting, as below. Untrusted text: to be escaped where it is shown. */
  readonly detail: string;
  readonly container: string;
  readonly pid: number | undefined;
  readonly command: string | undefined;
  readonly peer: string | undefined;
  readonly port: number | undefined;
}

/** What speaks for mining in one pod. */
export interface Finding extends Pick<FlowEnd, 'namespace' | 'pod'> {
  readonly kind: PlaceKind;
  /** Who keeps the pod: its owner, or else itself. */
  readonly workload: string;
  /** 0 to 100; 0 where the pod may mine. */
  readonly score: number;
  readonly verdict: Verdict;
  /** Unix time. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  /** The heaviest first. */
  readonly evidence: readonly Evidence[];
}

export function verdictOf(score: number, thresholds: Thresholds = VERDICTS): Verdict {
  const { mining, suspicious } = thresholds;
  if (score >= mining) return 'mining';
  return score >= suspicious ? 'suspicious' : 'noted';
}
