import type { FlowTrace } from './flow-trace.ts';
import type { FlowKind } from './pool-traces.ts';

/** Questions and replies of one length at a steady rate, like most keepalives. */
function pings(
  trace: FlowTrace,
  [least, most]: readonly [number, number],
  { bytes = trace.scaled(2, 60), jitter = 0.02 } = {},
): void {
  const answer = bytes * trace.between(0.5, 1.5);
  const latency = trace.scaled(0.0005, 0.2);
  trace.steady(trace.scaled(least, most), jitter, (at) =>
    trace.exchange(at, bytes, answer, latency),
  );
}

/** Unsolicited messages from the server at random times. */
function pushes(trace: FlowTrace, least: number, most: number, bytes = trace.scaled(50, 3000)) {
  trace.scattered(trace.scaled(least, most), (at) =>
    trace.receive(at, bytes * trace.scaled(0.5, 2)),
  );
}

/** Questions at random times, with replies of varying length. */
function calls(trace: FlowTrace, least: number, most: number, longest = 20_000): void {
  const bytes = trace.scaled(60, 1500);
  const latency = trace.scaled(0.0005, 0.5);
  trace.scattered(trace.scaled(least, most), (at) =>
    trace.exchange(at, bytes * trace.scaled(0.7, 1.5), trace.scaled(40, longest), latency),
  );
}

/** Long polls: a question is answered on an event or after a timeout, then the next one follows. */
function longPolls(trace: FlowTrace, longest: number, meanEvent: number): void {
  const question = trace.scaled(200, 1500);
  for (let at = trace.between(0, longest); at < trace.seconds; ) {
    const wait = Math.min(longest, trace.wait(meanEvent));
    trace.exchange(
      at,
      question,
      wait < longest ? trace.scaled(200, 5000) : trace.scaled(100, 400),
      wait,
    );
    at += wait + trace.scaled(0.01, 1);
  }
}

/** Steady connections. */
const STEADY_KINDS: Readonly<Record<string, FlowKind>> = {
  'gRPC keepalive': (trace) => pings(trace, [10, 300], { bytes: 17 + 29 }),
  'MQTT, idle': (trace) => pings(trace, [15, 60]),
  'MQTT sensor': (trace) => pings(trace, [2, 60], { bytes: trace.scaled(30, 300), jitter: 0.05 }),
  'MQTT sensor with keepalive': (trace) => {
    pings(trace, [5, 60], { bytes: trace.scaled(30, 300), jitter: 0.05 });
    pings(trace, [20, 60]);
  },
  'SSH, idle': (trace) => pings(trace, [10, 300], { bytes: 100 }),
  'database pool, idle': (trace) => {
    trace.openAtFirst = Math.floor(trace.between(1, 11));
    for (let i = 0; i < trace.openAtFirst; i++) pings(trace, [10, 60], { jitter: 0.1 });
  },
  'etcd lease': (trace) => pings(trace, [2, 30], { bytes: trace.scaled(30, 90) }),
  'leader election': (trace) =>
    pings(trace, [2, 15], { bytes: trace.scaled(300, 1500), jitter: 0.2 }),
  'metrics, remote write': (trace) =>
    trace.steady(trace.scaled(5, 60), 0.05, (at) =>
      trace.exchange(at, trace.scaled(500, 20_000), 120, 0.02),
    ),
  'training job that reports steps': (trace) => {
    pings(trace, [5, 60], { bytes: trace.scaled(200, 3000), jitter: trace.between(0.02, 0.3) });
    pings(trace, [15, 60]);
  },
  'simulation with MPI heartbeat': (trace) => pings(trace, [1, 60], { jitter: 0.1 }),
  'Ray or Dask worker': (trace) => pings(trace, [0.5, 5], { bytes: trace.scaled(100, 2000) }),
  'API polling': (trace) => pings(trace, [3, 60], { bytes: trace.scaled(200, 1500), jitter: 0.1 }),
  'API polling, ±50 % jitter': (trace) =>
    pings(trace, [5, 60], { bytes: trace.scaled(200, 1500), jitter: 0.5 }),
  'VPN keepalive': (trace) => {
    pings(trace, [20, 60], { jitter: 0.1 });
    pings(trace, [20, 60], { jitter: 0.1 });
  },
  'Kafka consumer': (trace) => {
    longPolls(trace, trace.scaled(0.5, 30), Infinity);
    pings(trace, [3, 3], { bytes: 100 });
  },
};

/** Irregular connections. */
const LIVELY_KINDS: Readonly<Record<string, FlowKind>> = {
  'gRPC calls': (trace) => calls(trace, 2, 300),
  'Redis cache': (trace) => calls(trace, 0.1, 30, 2000),
  'database, light load': (trace) => {
    trace.openAtFirst = Math.floor(trace.between(1, 6));
    calls(trace, 0.2, 60);
  },
  'Kafka producer': (trace) =>
    trace.scattered(trace.scaled(2, 60), (at) =>
      trace.exchange(at, trace.scaled(200, 20_000), 70, 0.01),
    ),
  'log shipper': (trace) =>
    trace.scattered(trace.scaled(1, 60), (at) =>
      trace.exchange(at, trace.scaled(200, 9000), 40, 0.02),
    ),
  'event stream': (trace) => {
    pushes(trace, 5, 300);
    trace.steady(trace.scaled(15, 30), 0.02, (at) => trace.receive(at, 10));
  },
  'API server, watch': (trace) => {
    pushes(trace, 2, 300, trace.scaled(500, 5000));
    pings(trace, [30, 30], { bytes: 46 });
  },
  'PostgreSQL LISTEN': (trace) => {
    pushes(trace, 10, 600);
    pings(trace, [30, 60]);
  },
  'Redis, subscriber': (trace) => {
    pushes(trace, 2, 300);
    pings(trace, [15, 60]);
  },
  'IMAP, idle': (trace) => {
    pushes(trace, 60, 1800);
    pings(trace, [300, 1700]);
  },
  'MQTT, commands': (trace) => {
    pushes(trace, 30, 600);
    pings(trace, [5, 60], { bytes: trace.scaled(30, 300), jitter: 0.05 });
  },
  'chat bot': (trace) => {
    pushes(trace, 1, 120);
    pings(trace, [41, 45], { bytes: 50 });
  },
  'WebSocket chat': (trace) => {
    pushes(trace, 5, 120);
    calls(trace, 30, 600, 300);
    pings(trace, [25, 45]);
  },
  'game server': (trace) => {
    pings(trace, [5, 30], { bytes: trace.scaled(100, 1500) });
    pushes(trace, 20, 600);
    calls(trace, 30, 600, 3000);
  },
  'CI worker': (trace) => {
    longPolls(trace, 50, trace.scaled(60, 3600));
    pings(trace, [3, 60], { bytes: trace.scaled(300, 3000), jitter: 0.1 });
  },
  'queue over HTTP, long poll': (trace) => longPolls(trace, 20, trace.scaled(5, 300)),
  'Consul, blocking query': (trace) => longPolls(trace, 300, trace.scaled(10, 600)),
  'job queue, equal tasks': (trace) => jobQueue(trace, trace.between(0.02, 0.3)),
  'job queue, varying tasks': (trace) => jobQueue(trace, undefined),
  'SSH, interactive': (trace) => {
    trace.scattered(trace.scaled(10, 120), (at) => {
      for (let i = 0; i < trace.between(1, 30); i++) trace.exchange(at + i / 4, 60, 90, 0.03);
    });
    pings(trace, [15, 60], { bytes: 100 });
  },
};

export const BENIGN_KINDS: Readonly<Record<string, FlowKind>> = {
  ...STEADY_KINDS,
  ...LIVELY_KINDS,
};

/** AMQP: each finished task is acknowledged and the next one arrives. Both ends send heartbeats. */
function jobQueue(trace: FlowTrace, jitter: number | undefined): void {
  const mean = trace.scaled(1, 300);
  const done = (at: number) =>
    trace.exchange(at, trace.scaled(30, 500), trace.scaled(200, 2000), 0.005);
  if (jitter === undefined) trace.scattered(mean, done);
  else trace.steady(mean, jitter, done);
  const heartbeat = trace.scaled(10, 60);
  trace.steady(heartbeat, 0.01, (at) => trace.send(at, 8));
  trace.steady(heartbeat, 0.01, (at) => trace.receive(at, 8));
}
