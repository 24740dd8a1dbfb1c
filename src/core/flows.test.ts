import { describe, expect, test } from 'vitest';
import type { FlowRecord, OpenConnection } from './flow-reading.ts';
import { type FlowOwner, flowsOf } from './flows.ts';

const ipv4 = (last: number) => Uint8Array.from([...Array(10).fill(0), 255, 255, 10, 0, 0, last]);

const NOTHING = {
  sent: { bytes: 0, segments: 0 },
  received: { bytes: 0, segments: 0 },
  retransmits: 0,
};

interface Told {
  readonly cgroupId?: number;
  readonly slot?: number;
  readonly peer?: Uint8Array;
  readonly port?: number;
  readonly opener?: number;
  readonly bornNs?: number;
  readonly counts?: Partial<FlowRecord['counts']>;
}

function record({ cgroupId = 7, slot = 500, bornNs = 1e9, counts = {}, ...key }: Told): FlowRecord {
  return {
    key: { cgroupId, peer: ipv4(1), port: 443, opener: 0, ...key },
    slot,
    bornNs,
    usedNs: bornNs,
    minRttUs: 0,
    counts: {
      attempts: 0,
      established: 0,
      failures: 0,
      ended: 0,
      figures: NOTHING,
      rttUs: 0,
      rtts: 0,
      connectNs: 0,
      connectTimes: 0,
      ...counts,
    },
  };
}

function open(told: Partial<OpenConnection> = {}): OpenConnection {
  return {
    flowSlot: 500,
    usageSlot: 9,
    flowBornNs: 1e9,
    isEstablished: 1,
    figures: { ...NOTHING, sent: { bytes: 100, segments: 2 } },
    rttUs: 0,
    minRttUs: 0,
    ...told,
  };
}

const owners = new Map<number, FlowOwner>([
  [7, { namespace: 'shop', pod: 'web-0', container: 'app' }],
  [8, { namespace: 'shop', pod: 'web-0', container: 'app' }],
]);

function flows(records: readonly FlowRecord[], connections: readonly OpenConnection[] = []) {
  return flowsOf(records, connections, {
    ownerOf: (cgroupId) => owners.get(cgroupId),
    nowNs: 50e9,
    secondsOf: (momentNs) => momentNs / 1e9,
  });
}

test('a row is a flow of its pod, with the peer as text', () => {
  expect(flows([record({ opener: 1, counts: { established: 3, ended: 3 } })])).toMatchObject([
    { namespace: 'shop', pod: 'web-0', container: 'app', direction: 'inbound', established: 3 },
  ]);
  expect(flows([record({})])).toMatchObject([
    { direction: 'outbound', peerAddress: '10.0.0.1', port: 443, firstSeenSeconds: 1 },
  ]);
});

test('rows of nested cgroups and of a cgroup before are shown as one', () => {
  const [flow, ...others] = flows([
    record({ counts: { attempts: 2 }, bornNs: 5e9 }),
    record({ cgroupId: 8, slot: 501, counts: { attempts: 3 } }),
  ]);
  expect(others).toEqual([]);
  expect(flow).toMatchObject({ attempts: 5, firstSeenSeconds: 1, lastSeenSeconds: 5 });
});

test('another port, opener or owner is another flow', () => {
  expect(flows([record({}), record({ port: 80 }), record({ opener: 1 })])).toHaveLength(3);
  expect(flows([record({ cgroupId: 99 })])).toMatchObject([{ namespace: '', pod: '' }]);
});

describe('a connection that is open', () => {
  test('adds to its flow, which is in use now', () => {
    expect(flows([record({})], [open(), open()])).toMatchObject([
      { sent: { bytes: 200, segments: 4 }, lastSeenSeconds: 50 },
    ]);
  });

  test('is counted once it is established, and not by a row whose end nobody told', () => {
    const told = record({ counts: { established: 5, ended: 1 } });
    const connecting = open({ isEstablished: 0 });
    expect(flows([told], [open(), connecting])).toMatchObject([{ openNow: 1 }]);
  });

  test('of a row that was given away adds to the other peers of its cgroup', () => {
    const other = record({ slot: 9, peer: new Uint8Array(16), port: 0, bornNs: 2e9 });
    const shown = flows([record({ bornNs: 3e9 }), other], [open()]);
    expect(shown).toMatchObject([
      { peerAddress: '10.0.0.1', sent: { bytes: 0 } },
      { peerAddress: '', sent: { bytes: 100 } },
    ]);
  });

  test('whose rows are all gone is nobody’s, and not lost', () => {
    expect(flows([], [open()])).toMatchObject([{ pod: '', peerAddress: '', sent: { bytes: 100 } }]);
  });
});

describe('times', () => {
  test('are means over connections that ended and that are open', () => {
    const ended = record({ counts: { rttUs: 900, rtts: 3, connectNs: 4e6, connectTimes: 2 } });
    expect(flows([ended], [open({ rttUs: 500, minRttUs: 90 })])).toMatchObject([
      { rttSeconds: 0.00035, minRttSeconds: 0.00009, connectSeconds: 0.002 },
    ]);
  });

  test('are unknown before the first', () => {
    expect(flows([record({})], [open()])).toMatchObject([
      { rttSeconds: undefined, minRttSeconds: undefined, connectSeconds: undefined },
    ]);
  });
});
