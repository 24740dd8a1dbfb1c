import { describe, expect, test } from 'vitest';
import { flowRow, ipv4, openConnection, otherPeers } from '../flow/flow-record.fixture.ts';
import type { FlowRecord, OpenConnection } from '../flow/flow-record.ts';
import type { PeerClass } from '../flow/peer-class.ts';
import { BOOKED_CLASSES } from '../usage/usage.ts';
import { PayloadBook, type PeerLocator } from './payload-book.ts';

const OUTSIDE = ipv4(1, 1, 1, 1);
const retired = (sentBytes: number) => otherPeers({ slot: 0, cgroupId: 0, sentBytes });

const MARKS = { sent: '', received: ' received' } as const;

/** A book, and the bytes booked so far by cgroup, class and direction. */
class Story {
  readonly booked: Record<string, number> = {};
  readonly asked: string[] = [];
  readonly #book = new PayloadBook();
  readonly #billing: PeerLocator['billing'];

  constructor(billing?: PeerLocator['billing']) {
    this.#billing = billing;
  }

  see(flows: readonly FlowRecord[], connections: readonly OpenConnection[] = []) {
    const reading = { flow: flows, connection: connections, monotonicNs: 100e9 };
    const classOf = (address: string) => this.#classOf(address);
    this.#book.book(
      reading,
      { classOf, billing: this.#billing },
      {
        bookPayload: (cgroupId, { way, bytes, classIndex }) =>
          this.#add(`${cgroupId} ${BOOKED_CLASSES[classIndex]}${MARKS[way]}`, bytes),
        bookEndedPayload: ({ way, bytes }) => this.#add(`ended${MARKS[way]}`, bytes),
      },
    );
    return this.booked;
  }

  #add(where: string, bytes: number): void {
    expect(bytes).toBeGreaterThan(0);
    this.booked[where] = (this.booked[where] ?? 0) + bytes;
  }

  #classOf(address: string): PeerClass {
    this.asked.push(address);
    if (address.startsWith('10.42.')) return 'cluster';
    return address.startsWith('10.') ? 'private' : 'internet';
  }
}

describe('bytes sent by a row are booked', () => {
  test('by the class of its peer, including open connections', () => {
    const story = new Story();
    const flows = [flowRow({ sentBytes: 100 }), flowRow({ slot: 501, peer: OUTSIDE })];
    const connections = [openConnection(7), openConnection(30, { flowSlot: 501 })];
    expect(story.see(flows, connections)).toEqual({ '10 private': 107, '10 internet': 30 });
  });

  test('by the class of the actual destination, if known', () => {
    const translated = { ...flowRow({ sentBytes: 9 }), reached: OUTSIDE, reachedPort: 443 };
    expect(new Story().see([translated])).toEqual({ '10 internet': 9 });
  });

  test('once: only growth is new', () => {
    const story = new Story();
    story.see([flowRow({ sentBytes: 100 })], [openConnection(5)]);
    story.see([flowRow({ sentBytes: 100 })], [openConnection(5)]);
    expect(story.see([flowRow({ sentBytes: 105 })])).toEqual({ '10 private': 105 });
    expect(story.see([flowRow({ sentBytes: 106 })])).toEqual({ '10 private': 106 });
  });

  test('and stay when a connection ends between the two tables, whatever else grows', () => {
    const story = new Story();
    const other = { slot: 501, peer: OUTSIDE };
    story.see([flowRow(), flowRow(other)], [openConnection(100)]);
    const dipped = story.see([flowRow(), flowRow({ ...other, sentBytes: 30 })]);
    expect(dipped).toEqual({ '10 private': 100 });
    story.see([flowRow({ sentBytes: 102 }), flowRow({ ...other, sentBytes: 30 })]);
    expect(story.booked).toEqual({ '10 private': 102, '10 internet': 30 });
  });

  test('and stay when an existing row is missing from a read', () => {
    const story = new Story();
    story.see([flowRow({ sentBytes: 100 })]);
    story.see([]);
    expect(story.see([flowRow({ sentBytes: 101 })])).toEqual({ '10 private': 101 });
  });

  test('again if its slot gets a new owner', () => {
    const story = new Story();
    story.see([flowRow({ sentBytes: 100 }), otherPeers()]);
    const next = flowRow({ bornNs: 2e9, peer: OUTSIDE, sentBytes: 8 });
    story.see([next, otherPeers({ sentBytes: 100 })]);
    expect(story.booked).toEqual({ '10 private': 100, '10 internet': 8 });
  });

  test('at the next read, if the row was created during this one', () => {
    const story = new Story();
    const young = { bornNs: 100e9, sentBytes: 40 };
    const connection = openConnection(2, { flowBornNs: 100e9 });
    expect(story.see([flowRow(young), otherPeers()], [connection])).toEqual({});
  });
});

describe('the class of a peer', () => {
  test('is node if the address is the own address of any flow, whatever its own class', () => {
    const story = new Story();
    const server = flowRow({ slot: 501, cgroupId: 11, local: OUTSIDE, sentBytes: 1 });
    const client = flowRow({ peer: OUTSIDE, sentBytes: 2 });
    expect(story.see([client, server])).toEqual({ '10 node': 2, '11 private': 1 });
  });

  test('is determined once, at the row’s first byte, and kept', () => {
    const story = new Story();
    story.see([flowRow()]);
    expect(story.asked).toEqual([]);
    story.see([flowRow({ sentBytes: 1 })]);
    const server = flowRow({ slot: 501, cgroupId: 11, local: ipv4(10, 0, 0, 1) });
    story.see([flowRow({ sentBytes: 2 }), server]);
    expect(story.asked).toEqual(['10.0.0.1']);
    expect(story.booked).toEqual({ '10 private': 2 });
  });
});

describe('peers without a row', () => {
  test('are unknown, including connections beyond the limit', () => {
    const story = new Story();
    const connection = openConnection(5, { flowSlot: 9 });
    story.see([otherPeers({ sentBytes: 20 })], [connection]);
    expect(story.booked).toEqual({ '10 unknown': 25 });
  });

  test('take over an evicted row: only its unread part is new', () => {
    const story = new Story();
    story.see([flowRow({ sentBytes: 100 })]);
    expect(story.see([otherPeers({ sentBytes: 100 })])).toEqual({ '10 private': 100 });
    story.see([otherPeers({ sentBytes: 103 })]);
    expect(story.booked).toEqual({ '10 private': 100, '10 unknown': 3 });
  });

  test('take over the further growth of an evicted row’s open connections', () => {
    const story = new Story();
    story.see([flowRow({ sentBytes: 100 })], [openConnection(50)]);
    story.see([otherPeers({ sentBytes: 100 })], [openConnection(50)]);
    expect(story.booked).toEqual({ '10 private': 150 });
    story.see([otherPeers({ sentBytes: 100 })], [openConnection(54)]);
    expect(story.booked).toEqual({ '10 private': 150, '10 unknown': 4 });
  });

  test('of cgroups without a slot have no owner', () => {
    const rest = otherPeers({ slot: 1, cgroupId: 0, sentBytes: 6 });
    expect(new Story().see([rest])).toEqual({ '0 unknown': 6 });
  });
});

describe('after the end of a cgroup', () => {
  test('its rows have no owner: booked bytes stay, the rest has ended', () => {
    const story = new Story();
    story.see([flowRow({ sentBytes: 100 }), otherPeers({ sentBytes: 10 }), retired(0)]);
    story.see([flowRow({ sentBytes: 100 }), retired(10)]);
    const after = story.see([retired(115)]);
    expect(after).toEqual({ '10 private': 100, '10 unknown': 10, ended: 5 });
    for (let tick = 0; tick < 5; tick++) story.see([retired(115)]);
    expect(story.see([retired(117)])).toEqual({ ...after, ended: 7 });
  });

  test('bytes of its open connections still belong to it', () => {
    const story = new Story();
    story.see([flowRow()], [openConnection(100)]);
    story.see([retired(0)], [openConnection(100)]);
    expect(story.see([retired(0)], [openConnection(101)])).toEqual({
      '10 private': 100,
      '10 unknown': 1,
    });
  });

  test('before the daemon started, its bytes have ended unseen', () => {
    expect(new Story().see([retired(70)])).toEqual({ ended: 70 });
  });
});

describe('received bytes', () => {
  test('are booked like sent bytes, by the same class, in the same walk', () => {
    const story = new Story();
    const flows = [
      flowRow({ sentBytes: 1, receivedBytes: 100 }),
      otherPeers({ receivedBytes: 20 }),
    ];
    const connections = [openConnection(2, { receivedBytes: 30 })];
    expect(story.see([...flows, retired(0)], connections)).toEqual({
      '10 private': 3,
      '10 private received': 130,
      '10 unknown received': 20,
    });
    expect(story.asked).toEqual(['10.0.0.1']);
  });

  test('stay when the row is evicted, and end if its owner was never known', () => {
    const story = new Story();
    story.see([flowRow({ receivedBytes: 100 })]);
    story.see([otherPeers({ receivedBytes: 103 })]);
    const gone = otherPeers({ slot: 0, cgroupId: 0, receivedBytes: 110 });
    expect(story.see([gone])).toEqual({
      '10 private received': 100,
      '10 unknown received': 3,
      'ended received': 7,
    });
  });

  test('have a budget of their own, independent of sent bytes', () => {
    const story = new Story();
    story.see([flowRow({ sentBytes: 50 })], [openConnection(0, { receivedBytes: 100 })]);
    const dipped = story.see([flowRow({ sentBytes: 90 })]);
    expect(dipped).toEqual({ '10 private': 90, '10 private received': 100 });
    story.see([flowRow({ sentBytes: 90, receivedBytes: 104 })]);
    expect(story.booked).toEqual({ '10 private': 90, '10 private received': 104 });
  });
});

describe('billed separately', () => {
  const billing = {
    isOtherRegion: (peer: string) => peer === '10.42.0.9',
    isBehindNat: (local: string) => local === '10.1.0.5',
  };
  const PRIVATE = ipv4(10, 1, 0, 5);

  test('are peers of the cluster in another region', () => {
    const far = flowRow({ peer: ipv4(10, 42, 0, 9), sentBytes: 4, receivedBytes: 5 });
    const near = flowRow({ slot: 501, peer: ipv4(10, 42, 0, 8), sentBytes: 6 });
    expect(new Story(billing).see([far, near])).toEqual({
      '10 otherRegion': 4,
      '10 otherRegion received': 5,
      '10 cluster': 6,
    });
  });

  test('is the internet, from an address behind a NAT gateway', () => {
    const nat = flowRow({ peer: OUTSIDE, local: PRIVATE, sentBytes: 4, receivedBytes: 5 });
    const open = flowRow({ slot: 501, peer: OUTSIDE, local: ipv4(10, 2, 0, 5), sentBytes: 6 });
    const inside = flowRow({ slot: 502, local: PRIVATE, sentBytes: 7 });
    expect(new Story(billing).see([nat, open, inside])).toEqual({
      '10 nat': 4,
      '10 nat received': 5,
      '10 internet': 6,
      '10 private': 7,
    });
  });

  test('is no incoming connection, because no gateway admits one', () => {
    const inbound = flowRow({ peer: OUTSIDE, local: PRIVATE, opener: 1, sentBytes: 4 });
    expect(new Story(billing).see([inbound])).toEqual({ '10 internet': 4 });
  });

  test('is nothing by default', () => {
    const nat = flowRow({ peer: OUTSIDE, local: PRIVATE, sentBytes: 4 });
    expect(new Story().see([nat])).toEqual({ '10 internet': 4 });
  });
});
