import { describe, expect, test } from 'vitest';
import type { FlowEnd } from './flow.ts';
import { flowsOf } from './flow-list.ts';
import { flowRow, ipv4 as ipv4Of, openConnection } from './flow-record.fixture.ts';
import type { FlowRecord, OpenConnection } from './flow-record.ts';
import { noDirectory } from './peer-directory.ts';

const ipv4 = (last: number) => ipv4Of(10, 0, 0, last);

const NOTHING = {
  sent: { bytes: 0, segments: 0 },
  received: { bytes: 0, segments: 0 },
  retransmits: 0,
};

interface Told {
  readonly cgroupId?: number;
  readonly slot?: number;
  readonly peer?: Uint8Array;
  readonly local?: Uint8Array;
  readonly reached?: Uint8Array;
  readonly reachedPort?: number;
  readonly port?: number;
  readonly opener?: number;
  readonly protocol?: number;
  readonly bornNs?: number;
  readonly counts?: Partial<FlowRecord['counts']>;
}

function record(told: Told): FlowRecord {
  const { counts = {}, reached, reachedPort = 0, ...rest } = told;
  const row = flowRow({ cgroupId: 7, peer: ipv4(1), local: ipv4(9), ...rest });
  return {
    ...row,
    reached: reached ?? row.reached,
    reachedPort,
    counts: { ...row.counts, ...counts },
  };
}

function open(told: Partial<OpenConnection> = {}): OpenConnection {
  const figures = { ...NOTHING, sent: { bytes: 100, segments: 2 } };
  return openConnection(0, { cgroupId: 7, figures, ...told });
}

const owners = new Map<number, FlowEnd>([
  [7, { namespace: 'shop', pod: 'web-0', container: 'app' }],
  [8, { namespace: 'shop', pod: 'web-0', container: 'app' }],
]);

function flows(records: readonly FlowRecord[], connections: readonly OpenConnection[] = []) {
  return flowsOf(records, connections, {
    nameOf: () => undefined,
    classOf: () => 'internet',
    directory: noDirectory,
    workloadOf: ({ pod }) => pod,
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

test('rows of nested cgroups and of a previous cgroup are shown as one', () => {
  const [flow, ...others] = flows([
    record({ counts: { attempts: 2 }, bornNs: 5e9 }),
    record({ cgroupId: 8, slot: 501, counts: { attempts: 3 } }),
  ]);
  expect(others).toEqual([]);
  expect(flow).toMatchObject({ attempts: 5, firstSeenSeconds: 1, lastSeenSeconds: 5 });
});

test('a different port, opener or owner makes a different flow', () => {
  expect(flows([record({}), record({ port: 80 }), record({ opener: 1 })])).toHaveLength(3);
  expect(flows([record({ cgroupId: 99 })])).toMatchObject([{ namespace: '', pod: '' }]);
});

describe('an open connection', () => {
  test('adds to its flow, which counts as in use', () => {
    expect(flows([record({})], [open(), open()])).toMatchObject([
      { sent: { bytes: 200, segments: 4 }, lastSeenSeconds: 50 },
    ]);
  });

  test('counts once it is established, and not through a row with an unknown owner', () => {
    const told = record({ counts: { established: 5, ended: 1 } });
    const connecting = open({ isEstablished: 0 });
    expect(flows([told], [open(), connecting])).toMatchObject([{ openNow: 1 }]);
  });

  test('whose row was reused adds to the other peers of its cgroup', () => {
    const other = record({ slot: 9, peer: new Uint8Array(16), port: 0, bornNs: 2e9 });
    const shown = flows([record({ bornNs: 3e9 }), other], [open()]);
    expect(shown).toMatchObject([
      { peerAddress: '10.0.0.1', sent: { bytes: 0 } },
      { peerAddress: '', sent: { bytes: 100 } },
    ]);
  });

  test('without any remaining row has no owner, but is not lost', () => {
    expect(flows([], [open()])).toMatchObject([{ pod: '', peerAddress: '', sent: { bytes: 100 } }]);
  });
});

describe('times', () => {
  test('are means over ended and open connections', () => {
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

describe('a peer on the same node', () => {
  const [here, there] = [ipv4(1), ipv4(2)];
  const established = { counts: { established: 1 } };
  const client = { slot: 500, local: here, peer: there, opener: 0, ...established };
  const server = { cgroupId: 20, slot: 501, local: there, peer: here, opener: 1, ...established };
  const db: FlowEnd = { namespace: 'shop', pod: 'db-0', container: 'pg' };
  owners.set(20, db).set(21, { namespace: 'edge', pod: 'proxy', container: '' });

  test('has the class node; other peers have the class of their address, and sums have none', () => {
    const sum = record({ slot: 9, peer: new Uint8Array(16), port: 0 });
    const outside = record({ peer: ipv4(50), slot: 502 });
    const shown = flows([record(client), record(server), outside, sum]);
    expect(shown.map(({ peerClass }) => peerClass)).toEqual([
      'node',
      'node',
      'internet',
      undefined,
    ]);
  });

  test('is named at both ends', () => {
    expect(flows([record(client), record(server)]).map(({ peer }) => peer)).toEqual([
      db,
      owners.get(7),
    ]);
  });

  test('is named if the dialed address is translated on the sending side', () => {
    const dialled = record({ ...client, peer: ipv4(96), reached: there, reachedPort: 443 });
    const [out, into] = flows([dialled, record(server)]);
    expect(out).toMatchObject({ peerAddress: '10.0.0.96', reachedAddress: '10.0.0.2', peer: db });
    expect(into?.peer).toEqual(owners.get(7));
  });

  test('is not named if the ends do not match: different port, or translated between the ends', () => {
    const nat = record({ ...server, peer: ipv4(77) });
    const elsewhere = record({ ...server, port: 80, slot: 502 });
    for (const { peer } of flows([record(client), nat, elsewhere])) expect(peer).toBeUndefined();
  });

  test('is not named if two pods match, as in networks that reuse an address', () => {
    const twin = record({ ...server, cgroupId: 21, slot: 502 });
    const [out, ...others] = flows([record(client), record(server), twin]);
    expect(out?.peer).toBeUndefined();
    expect(others.map(({ peer }) => peer?.pod)).toEqual([undefined, undefined]);
    expect(out?.peerClass).toBe('node');
  });

  test('is not named if one end has connections that the other end lacks', () => {
    const times = (established: number) => ({ counts: { established } });
    const named = (there: number, here: number) =>
      flows([record({ ...client, ...times(there) }), record({ ...server, ...times(here) })]).map(
        ({ peer }) => peer?.pod,
      );
    expect(named(1, 2)).toEqual(['db-0', undefined]);
    expect(named(63, 62)).toEqual([undefined, 'web-0']);
    expect(named(64, 63)).toEqual(['db-0', 'web-0']); // one connection may begin while the rows are read
    expect(named(64, 66)).toEqual(['db-0', undefined]);
  });

  test('is not named by an end that was never reached or has no owner', () => {
    const refused = record({ ...client, counts: { attempts: 1, failures: 1 } });
    expect(flows([refused, record(server)]).map(({ peer }) => peer)).toEqual([
      undefined,
      undefined,
    ]);
    expect(flows([record(client), record({ ...server, cgroupId: 99 })])[0]?.peer).toBeUndefined();
  });
});
