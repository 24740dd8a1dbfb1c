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

/** Points: docs/mining.md argues for them. */
export const SIGNALS: Readonly<Record<Signal, SignalRule>> = {
  randomx: {
    points: 90,
    isStrong: true,
    says: 'sets the floating-point unit as RandomX does',
  },
  mining_protocol: {
    points: 80,
    isStrong: true,
    says: 'speaks the protocol of a mining pool',
  },
  protocol_heard: {
    points: 25,
    isStrong: false,
    says: 'receives messages of the mining protocol, and has sent none',
  },
  pool_answers: {
    points: 15,
    isStrong: false,
    says: 'is answered as a mining pool answers',
  },
  node_rpc: {
    points: 35,
    isStrong: false,
    says: 'asks a node of a blockchain for work, as miners do and others may',
  },
  pool_name: {
    points: 40,
    isStrong: false,
    says: 'asks for a mining pool by name',
  },
  tls_nameless: {
    points: 10,
    isStrong: false,
    says: 'speaks TLS to the internet without naming a server or a protocol',
  },
  argv: {
    points: 60,
    isStrong: true,
    says: 'starts a program that is told to mine',
  },
  known_name: {
    points: 30,
    isStrong: false,
    says: 'starts a program that is called like a miner',
  },
  exec_place: {
    points: 15,
    isStrong: false,
    says: 'starts a program from memory, or from a file that was deleted',
  },
  dataset_memory: {
    points: 25,
    isStrong: false,
    says: 'sets aside as much memory as RandomX needs',
  },
  msr: {
    points: 60,
    isStrong: true,
    says: 'asks to write the registers of the processor, as miners do',
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
