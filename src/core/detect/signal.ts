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
export const SIGNAL_NAMES = ['randomx', 'tireless_cpu', 'pool_flow', 'pool_beacon'] as const;
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
  pool_flow: {
    points: 20,
    isStrong: false,
    says: 'has a connection that looks like one with a mining pool',
  },
  pool_beacon: {
    points: 15,
    isStrong: false,
    says: 'tries one address again and again, as a miner does that cannot reach its pool',
  },
};
