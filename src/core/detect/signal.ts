/** What a signal says of a pod, and how much of it is needed. */
export interface SignalRule {
  /** Added to the score while the evidence holds. */
  readonly points: number;
  /** Whether it can raise an alert: all others together only raise a suspicion. */
  readonly isStrong: boolean;
  /** Completes "the pod …". */
  readonly says: string;
}

/** The words that labels and findings have. */
export const SIGNAL_NAMES = ['randomx', 'tireless_cpu'] as const;
export type Signal = (typeof SIGNAL_NAMES)[number];

/** Points: docs/mining.md argues for them. */
export const SIGNALS: Readonly<Record<Signal, SignalRule>> = {
  randomx: {
    points: 90,
    isStrong: true,
    says: 'sets the floating-point unit as RandomX does',
  },
  tireless_cpu: {
    points: 20,
    isStrong: false,
    says: 'has threads that never sleep, at a steady rate for minutes',
  },
};
