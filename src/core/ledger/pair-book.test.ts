import { describe, expect, test } from 'vitest';
import { openConnection, otherPeers } from '../flow/flow-record.fixture.ts';
import { IPPROTO } from '../flow/flow-record.ts';
import { noDirectory, type PeerDirectory } from '../flow/peer-directory.ts';
import { client, DB, OUTSIDE, outside, pod, Story, server } from './pair-book.fixture.ts';

describe('between two pods of the node', () => {
  test('a connection opened by one of them is counted once, for the owners of both', () => {
    const story = new Story();
    const flows = [
      client({ established: 2, sentBytes: 30, receivedBytes: 7 }),
      server({ established: 2, sentBytes: 7, receivedBytes: 30 }),
    ];
    expect(story.seeTwice(flows)).toEqual({ 'web>db-0 node': [2, 30, 7] });
    const pair = { namespace: 'shop', peerNamespace: 'shop' };
    expect(story.pairs.all).toMatchObject([{ pair, createdSeconds: 1 }]);
  });

  test('datagrams are not connections', () => {
    const udp = { protocol: IPPROTO.udp, port: 53 };
    const flows = [client({ ...udp, sentBytes: 9 }), server({ ...udp, receivedBytes: 9 })];
    expect(new Story().seeTwice(flows)).toEqual({ 'web>db-0 node': [0, 9, 0] });
  });

  test('the pair is the same if the other end appears a read later or is one behind', () => {
    const story = new Story();
    story.see([client({ established: 1, sentBytes: 5 })]);
    expect(story.shown()).toEqual({});
    story.see([client({ established: 1, sentBytes: 5 }), server({ established: 1 })]);
    expect(story.shown()).toEqual({ 'web>db-0 node': [1, 5, 0] });
    story.see([client({ established: 2, sentBytes: 6 }), server({ established: 1 })]);
    expect(story.shown()).toEqual({ 'web>db-0 node': [1, 5, 0] });
    story.see([client({ established: 3, sentBytes: 8 }), server({ established: 3 })]);
    expect(story.shown()).toEqual({ 'web>db-0 node': [3, 8, 0] });
  });

  test('of two pods that look alike, one has no name, but is still counted once', () => {
    const story = new Story();
    story.pods.set(12, pod('host-1'));
    const flows = [
      client({ established: 1, sentBytes: 5 }),
      client({ cgroupId: 12, slot: 502, established: 2, sentBytes: 7 }),
      server({ established: 3, receivedBytes: 12 }),
    ];
    expect(story.seeTwice(flows)).toEqual({
      'web>db-0 node': [1, 5, 0],
      'host-1>db-0 node': [2, 7, 0],
    });
    story.pods.set(13, pod('host-2'));
    const twin = server({ cgroupId: 13, slot: 503, established: 1 });
    expect(
      story.seeTwice([client({ established: 2, sentBytes: 6 }), ...flows.slice(1), twin]),
    ).toEqual({
      'web>db-0 node': [1, 5, 0],
      'host-1>db-0 node': [2, 7, 0],
      'web> node': [1, 1, 0],
    });
  });

  test('figures of the accepting end do not return when the opener’s row is evicted', () => {
    const story = new Story();
    const own = client({ established: 1, sentBytes: 5 });
    story.seeTwice([own, server({ established: 1, receivedBytes: 5 })]);
    const sum = otherPeers({ cgroupId: 11, established: 1, receivedBytes: 5 });
    expect(story.seeTwice([own, sum])).toEqual({ 'web>db-0 node': [1, 5, 0] });
  });
});

describe('with a peer that is not a pod of this node', () => {
  test('the peer has a class but no name', () => {
    const flows = [outside({ established: 1, sentBytes: 10, receivedBytes: 20 })];
    expect(new Story().seeTwice(flows)).toEqual({ 'web> internet': [1, 10, 20] });
  });

  test('a connection from outside is reported from the outside’s point of view', () => {
    const flows = [server({ peer: OUTSIDE, established: 1, sentBytes: 10, receivedBytes: 20 })];
    expect(new Story().seeTwice(flows)).toEqual({ '>db-0 internet': [1, 20, 10] });
  });

  test('traffic without an owner is in no pair', () => {
    const flows = [outside({ cgroupId: 99, sentBytes: 9 }), otherPeers({ slot: 0, sentBytes: 9 })];
    expect(new Story().seeTwice(flows)).toEqual({});
  });
});

describe('each byte and each connection is booked once', () => {
  test('including open connections: only growth is new', () => {
    const story = new Story();
    story.seeTwice([outside({ established: 1, sentBytes: 100 })], [openConnection(5)]);
    expect(story.shown()).toEqual({ 'web> internet': [1, 105, 0] });
    story.see([outside({ established: 1, sentBytes: 105 })]);
    expect(story.shown()).toEqual({ 'web> internet': [1, 105, 0] });
    story.see([outside({ established: 2, sentBytes: 106 })]);
    expect(story.shown()).toEqual({ 'web> internet': [2, 106, 0] });
  });

  test('and stays when a connection ends between the two tables, or a row is missing', () => {
    const story = new Story();
    story.seeTwice([outside({ established: 1 })], [openConnection(100)]);
    expect(story.see([outside({ established: 1 })])).toEqual({ 'web> internet': [1, 100, 0] });
    expect(story.see([])).toEqual({ 'web> internet': [1, 100, 0] });
    const after = story.see([outside({ established: 1, sentBytes: 103 })]);
    expect(after).toEqual({ 'web> internet': [1, 103, 0] });
  });

  test('of an evicted row, only the unread part is unknown', () => {
    const story = new Story();
    story.seeTwice([outside({ established: 1, sentBytes: 100 })]);
    const evicted = otherPeers({ established: 3, sentBytes: 104, receivedBytes: 1 });
    expect(story.seeTwice([evicted])).toEqual({
      'web> internet': [1, 100, 0],
      'web> unknown': [2, 4, 1],
    });
  });

  test('a row that ends while it waits becomes unknown, one that stays does not', () => {
    const story = new Story();
    story.see([outside({ established: 1, sentBytes: 100 }), otherPeers()]);
    expect(story.shown()).toEqual({});
    const evicted = otherPeers({ established: 1, sentBytes: 100 });
    expect(story.see([evicted])).toEqual({ 'web> unknown': [1, 100, 0] });
  });

  test('again if a slot gets a new owner', () => {
    const story = new Story();
    story.seeTwice([outside({ sentBytes: 100 }), otherPeers()]);
    const next = [outside({ bornNs: 2e9, peer: DB, sentBytes: 8 }), otherPeers({ sentBytes: 100 })];
    expect(story.seeTwice(next)).toEqual({
      'web> internet': [0, 100, 0],
      'web> private': [0, 8, 0],
    });
  });

  test('other protocols are unknown', () => {
    const ping = outside({ protocol: 1, port: 0, sentBytes: 64, receivedBytes: 64 });
    expect(new Story().see([ping])).toEqual({ 'web> unknown': [0, 64, 64] });
  });
});

test('a pair ends when the pods of either end are no longer exported', () => {
  const story = new Story();
  const own = client({ established: 1 });
  story.seeTwice([own, server({ established: 1 })]);
  story.pods.delete(11);
  expect(story.seeTwice([own])).toEqual({});
});

describe('with named pods on other nodes', () => {
  const elsewhere = (address: string): PeerDirectory => ({
    identityOf: (endpoint) =>
      endpoint.address === address
        ? { kind: 'pod', namespace: 'edge', name: 'proxy-1', workload: 'proxy' }
        : undefined,
    hasWorkload: (namespace, workload) => namespace === 'edge' && workload === 'proxy',
  });

  test('a pair with a pod of this node has both names, and stays while both have pods', () => {
    const story = new Story();
    story.directory = elsewhere('1.1.1.1');
    const flows = [outside({ established: 2, sentBytes: 30, receivedBytes: 7 })];
    expect(story.seeTwice(flows)).toEqual({ 'web>proxy internet': [2, 30, 7] });
    story.directory = noDirectory;
    expect(story.see(flows)).toEqual({});
  });
});
