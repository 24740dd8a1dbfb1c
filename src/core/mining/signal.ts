/** What a signal means, and how much it weighs. */
export interface SignalRule {
  /** Added to the score at full weight. */
  readonly points: number;
  /** Whether it can raise an alert. All weak signals together are at most suspicious. */
  readonly isStrong: boolean;
  /** Completes "the pod …". */
  readonly says: string;
}

/** Values of the `signal` label, and of `signal` in a finding. */
export const SIGNAL_NAMES = [
  'randomx',
  'mining_protocol',
  'protocol_heard',
  'pool_answers',
  'node_rpc',
  'pool_name',
  'tls_nameless',
  'argv',
  'known_name',
  'exec_place',
  'dataset_memory',
  'msr',
  'tireless_cpu',
  'pool_flow',
  'pool_beacon',
] as const;
export type Signal = (typeof SIGNAL_NAMES)[number];

/** Described in docs/mining-detection.md. */
export const SIGNALS: Readonly<Record<Signal, SignalRule>> = {
  randomx: {
    points: 90,
    isStrong: true,
    says: 'switches floating-point rounding modes as RandomX does',
  },
  mining_protocol: {
    points: 80,
    isStrong: true,
    says: 'sends messages in a mining protocol',
  },
  protocol_heard: {
    points: 25,
    isStrong: false,
    says: 'receives messages in a mining protocol but has sent none',
  },
  pool_answers: {
    points: 15,
    isStrong: false,
    says: 'receives replies in the format of a mining pool',
  },
  node_rpc: {
    points: 35,
    isStrong: false,
    says: 'requests work from a blockchain node, as miners and some other clients do',
  },
  pool_name: {
    points: 40,
    isStrong: false,
    says: 'uses the domain name of a mining pool',
  },
  tls_nameless: {
    points: 10,
    isStrong: false,
    says: 'opens TLS connections to the internet without SNI or ALPN',
  },
  argv: {
    points: 60,
    isStrong: true,
    says: "started a program with a miner's command line",
  },
  known_name: {
    points: 30,
    isStrong: false,
    says: 'started a program named like a miner',
  },
  exec_place: {
    points: 15,
    isStrong: false,
    says: 'started a program from memory, a deleted file, or a file added to the container',
  },
  dataset_memory: {
    points: 25,
    isStrong: false,
    says: 'requests as much memory as the RandomX dataset needs',
  },
  msr: {
    points: 60,
    isStrong: true,
    says: 'requests write access to model-specific registers (MSRs), as miners do',
  },
  tireless_cpu: {
    points: 20,
    isStrong: false,
    says: 'uses the CPU at a steady rate with threads that almost never sleep',
  },
  pool_flow: {
    points: 20,
    isStrong: false,
    says: 'has a connection with the traffic pattern of a mining pool',
  },
  pool_beacon: {
    points: 15,
    isStrong: false,
    says: 'retries one address at a fixed interval, like a miner that cannot reach its pool',
  },
};

/** Signals that weigh more together in one pod than the sum of their points. */
export interface Combination {
  /** Stands in a finding where evidence has its {@link Signal}. */
  readonly name: string;
  /** Added to the points of the signals, with the lowest weight among them. */
  readonly points: number;
  /** Any of these sets is enough. It counts once, by the set with the highest weight. */
  readonly anyOf: readonly (readonly Signal[])[];
  /** Completes "the pod …". */
  readonly says: string;
}

export const MINING_SHAPE: Combination = {
  name: 'mining_shape',
  points: 30,
  anyOf: [
    ['pool_flow', 'tireless_cpu'],
    ['pool_beacon', 'tireless_cpu'],
  ],
  says: 'has the network and CPU behavior of a miner',
};
