import type { FlowEnd } from '../../flow/flow.ts';
import type { PlaceKind } from '../../place/place.ts';

/** Minimum score of each verdict. */
export interface Thresholds {
  readonly mining: number;
  readonly suspicious: number;
}

/** Defaults. */
export const VERDICTS: Thresholds = { mining: 80, suspicious: 50 };

/**
 * `mining` raises an alert. `suspicious` deserves a look. `noted` is kept in case more evidence follows.
 * `allowed`: VIGIA_MAY_MINE allows this pod to mine.
 */
export type Verdict = keyof Thresholds | 'noted' | 'allowed';

/** The evidence of one signal in one pod. */
export interface Evidence {
  /** A signal or a combination, by its name in the version that saw it. */
  readonly signal: string;
  /** Completes "the pod …". */
  readonly says: string;
  /** Points that it adds to the score now. */
  readonly points: number;
  /** Observations since the first. */
  readonly count: number;
  /** Unix time. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  /** This and the fields below are from the latest sighting. Untrusted text: escape it for display. */
  readonly detail: string;
  readonly container: string;
  readonly pid: number | undefined;
  readonly command: string | undefined;
  readonly peer: string | undefined;
  readonly port: number | undefined;
}

/** All mining evidence of one pod. */
export interface Finding extends Pick<FlowEnd, 'namespace' | 'pod'> {
  readonly kind: PlaceKind;
  /** The owner of the pod, or the pod itself. */
  readonly workload: string;
  /** 0 to 100; 0 if the pod is allowed to mine. */
  readonly score: number;
  readonly verdict: Verdict;
  /** Unix time. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  /** Most points first. */
  readonly evidence: readonly Evidence[];
}

export function verdictOf(score: number, thresholds: Thresholds = VERDICTS): Verdict {
  const { mining, suspicious } = thresholds;
  if (score >= mining) return 'mining';
  return score >= suspicious ? 'suspicious' : 'noted';
}
