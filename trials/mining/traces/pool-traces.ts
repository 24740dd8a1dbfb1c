import type { FlowTrace } from './flow-trace.ts';

/** Writes one connection of a kind into a trace, with randomly drawn parameters. */
export type FlowKind = (trace: FlowTrace) => void;

/** Parameters and evasions of a pool connection. */
interface Disguise {
  /** Minimum and maximum of the mean time between shares, in seconds. */
  readonly shares: readonly [number, number];
  /** Each message is padded to a random length up to this many bytes. */
  readonly padding?: number;
  /** Messages are early or late by at most this share of the interval. */
  readonly jitter?: number;
  /** Shares are sent at a fixed pace with jitter, not when they are found. */
  readonly isPaced?: boolean;
  /** Additional questions and replies at a steady rate. */
  readonly hasNoise?: boolean;
  readonly reconnects?: boolean;
}

/** One share per 5 s to one per 50 s (0.02 to 0.2 messages per second). */
const SHARES = [5, 50] as const;
const MOST_PADDING = 2048;
/** Keepalive interval of xmrig, if the pool announces support. */
const KEEPALIVE_SECONDS = 60;

/** Connections with a pool, in plain text or TLS. */
export const POOL_KINDS: Readonly<Record<string, FlowKind>> = {
  plain: pool({ shares: SHARES }),
  padded: pool({ shares: SHARES, padding: MOST_PADDING }),
  jittered: pool({ shares: SHARES, jitter: 0.5 }),
  'paced, jittered': pool({ shares: SHARES, jitter: 0.5, isPaced: true }),
  'keepalive noise': pool({ shares: SHARES, hasNoise: true }),
  'padded, jittered, noise': pool({
    shares: SHARES,
    padding: MOST_PADDING,
    jitter: 0.5,
    hasNoise: true,
  }),
  reconnecting: pool({ shares: SHARES, reconnects: true }),
  'few shares an hour': pool({ shares: [300, 1800] }),
};

function pool(disguise: Disguise): FlowKind {
  return (trace) => {
    const length = lengthsOf(trace, disguise);
    const [job, submit, answer] = [
      trace.between(300, 1200),
      trace.between(150, 350),
      trace.between(60, 130),
    ];
    const latency = trace.scaled(0.005, 0.3);
    const exchange = (at: number) => trace.exchange(at, length(submit), length(answer), latency);
    writeSends(trace, sharesOf(trace, disguise), exchange);
    writeJobs(trace, (at) => trace.receive(at, length(job)));
    if (disguise.hasNoise) trace.steady(trace.scaled(10, 60), 0.1, exchange);
    if (disguise.reconnects) trace.steady(trace.scaled(240, 1200), 0.5, (at) => trace.reopen(at));
  };
}

/** Messages of one kind differ by a few digits. TLS adds a header and a tag. */
function lengthsOf(trace: FlowTrace, { padding }: Disguise): (plain: number) => number {
  const tls = trace.isLikely(0.7) ? 29 : 0;
  const most = padding && trace.between(padding / 2, padding);
  return (plain) => {
    const bytes = plain + tls + Math.floor(trace.between(0, 3));
    return Math.round(most ? Math.max(bytes, trace.between(bytes, most)) : bytes);
  };
}

/** Times of the shares, in order. */
function sharesOf(trace: FlowTrace, disguise: Disguise): number[] {
  const mean = trace.scaled(...disguise.shares);
  const { jitter = 0, isPaced } = disguise;
  const shares: number[] = [];
  if (isPaced) trace.steady(mean, jitter, (at) => shares.push(at));
  else trace.scattered(mean, (at) => shares.push(at + mean * jitter * (2 * trace.random() - 1)));
  return shares.sort((a, b) => a - b);
}

/** Shares, and a keepalive after a silent interval: most pools announce support. */
function writeSends(
  trace: FlowTrace,
  shares: readonly number[],
  exchange: (at: number) => void,
): void {
  // With few shares and no keepalive the connection is silent and has no pattern.
  const keepalive = trace.isLikely(0.7) || (shares[1] ?? 0) > 300 ? KEEPALIVE_SECONDS : Infinity;
  let last = 0;
  for (const share of [...shares, trace.seconds]) {
    for (last += keepalive; last < share; last += keepalive) exchange(last);
    exchange(share);
    last = share;
  }
}

/** A new block every one or two minutes. Some pools also renew the job every half minute. */
function writeJobs(trace: FlowTrace, push: (at: number) => void): void {
  trace.scattered(trace.between(60, 120), push);
  if (trace.isLikely(0.25)) trace.steady(30, 0.02, push);
}
