import { expect, test } from 'vitest';
import { flowRow, openConnection, otherPeers } from '../../flow/flow-record.fixture.ts';
import { IPPROTO } from '../../flow/flow-record.ts';
import { outboundOf } from './outbound.ts';

test('a flow sums its ended and its open connections', () => {
  const flows = [flowRow({ sentBytes: 100, receivedBytes: 7, established: 3 })];
  const connections = [
    openConnection(10),
    openConnection(20, { isEstablished: 0 }),
    openConnection(5000, { flowBornNs: 2e9 }),
  ];
  expect(outboundOf(flows, connections)).toMatchObject([
    { slot: 500, cgroupId: 10, port: 443, openNow: 0, sentBytes: 100, receivedBytes: 7 },
  ]);
  expect(outboundOf(flows, connections.slice(0, 2))).toMatchObject([
    { openNow: 1, established: 3, sentBytes: 130, receivedBytes: 7 },
  ]);
});

test('only TCP opened by a cgroup to a single peer counts', () => {
  const others = [
    flowRow({ opener: 1 }),
    flowRow({ protocol: IPPROTO.udp }),
    flowRow({ cgroupId: 0 }),
    otherPeers(),
  ];
  expect(outboundOf(others, [])).toEqual([]);
});
