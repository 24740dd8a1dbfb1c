import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flowRow, ipv4, openConnection, otherPeers } from '../flow/flow-record.fixture.ts';
import { type ClassOf, PEER_CLASSES } from '../flow/peer-class.ts';
import { BOOKED_CLASSES, WAYS, type Way } from '../usage/usage.ts';
import { type PayloadAccounts, PayloadBook } from './payload-book.ts';

const CGROUPS = [10, 11, 12];
/** One peer per class. Its address ends with the index of the class. */
const PEERS = PEER_CLASSES.length;

const who = fc.nat(CGROUPS.length - 1);
const peer = fc.nat(PEERS - 1);
/** Sent and received. */
const bytes = fc
  .tuple(fc.nat(1000), fc.nat(1000))
  .map(([sent, received]): Bytes => ({ sent, received }));
const nth = fc.nat(20);
/** Events that may happen at any time, and events only between two reads. */
const busy = fc.oneof(
  fc.record({ does: fc.constant('datagram' as const), who, peer, bytes }),
  fc.record({ does: fc.constant('open' as const), who, peer }),
  fc.record({ does: fc.constant('send' as const), nth, bytes }),
  fc.record({ does: fc.constant('close' as const), nth }),
);
const swept = fc.oneof(
  fc.record({ does: fc.constant('evict' as const), nth }),
  fc.record({ does: fc.constant('reap' as const), who }),
);
type Deed = typeof busy extends fc.Arbitrary<infer One> ? One : never;
type Sweep = typeof swept extends fc.Arbitrary<infer One> ? One : never;
/** Each part ends with a read, and an event happens during that read. */
const part = fc.record({
  deeds: fc.array(busy, { maxLength: 8 }),
  sweep: swept,
  between: fc.array(busy, { maxLength: 4 }),
});
type Part = typeof part extends fc.Arbitrary<infer One> ? One : never;
const story = fc.array(part, { minLength: 1, maxLength: 12 });

type Bytes = Record<Way, number>;

interface Flow {
  readonly slot: number;
  readonly bornNs: number;
  readonly who: number;
  readonly peer: number;
  readonly bytes: Bytes;
}

interface Connection {
  readonly flow: Flow;
  readonly bytes: Bytes;
}

/** The kernel's side. `moved` contains the true figures by direction, cgroup and class. */
class Kernel {
  readonly moved: Record<Way, number[][]> = { sent: noBytes(), received: noBytes() };
  readonly #others: readonly Bytes[] = CGROUPS.map(() => none());
  readonly #gone = new Set<number>();
  readonly #retired = none();
  #clockNs = 1;
  #flows: Flow[] = [];
  #connections: Connection[] = [];

  do(deed: Deed | Sweep): void {
    this.#clockNs += 1;
    if ('who' in deed && this.#gone.has(deed.who)) return;
    const connection = 'nth' in deed ? nthOf(this.#connections, deed.nth) : undefined;
    if (deed.does === 'datagram') this.#send(this.#flow(deed.who, deed.peer), deed.bytes);
    else if (deed.does === 'open')
      this.#connections.push({ flow: this.#flow(deed.who, deed.peer), bytes: none() });
    else if (deed.does === 'send' && connection) {
      add(deed.bytes, connection.bytes);
      this.#tell(connection.flow, deed.bytes);
    } else if (deed.does === 'close' && connection) {
      // If its row was evicted, it gets another.
      add(connection.bytes, this.#flow(connection.flow.who, connection.flow.peer).bytes);
      this.#connections = this.#connections.filter((one) => one !== connection);
    } else if (deed.does === 'evict') this.#evict(nthOf(this.#flows, deed.nth));
    else if (deed.does === 'reap') this.#reap(deed.who);
  }

  read(between: readonly Deed[]) {
    const monotonicNs = ++this.#clockNs;
    const flows = [
      otherPeers({ slot: 0, cgroupId: 0, bornNs: 0, ...told(this.#retired) }),
      ...CGROUPS.map((cgroupId, i) =>
        otherPeers({ slot: 3 + i, cgroupId, bornNs: 0, ...told(this.#others[i] ?? none()) }),
      ).filter((_, i) => !this.#gone.has(i)),
      ...this.#flows.map(({ slot, bornNs, who, peer, bytes }) =>
        flowRow({
          slot,
          bornNs,
          cgroupId: CGROUPS[who] ?? 0,
          peer: ipv4(10, 0, 0, peer),
          ...told(bytes),
        }),
      ),
    ];
    for (const deed of between) this.do(deed);
    const connections = this.#connections.map(({ flow, bytes }) =>
      openConnection(bytes.sent, {
        receivedBytes: bytes.received,
        flowSlot: flow.slot,
        flowBornNs: flow.bornNs,
        cgroupId: CGROUPS[flow.who] ?? 0,
        usageSlot: 3 + flow.who,
      }),
    );
    return { flow: flows, connection: connections, monotonicNs };
  }

  #flow(who: number, peer: number): Flow {
    const known = this.#flows.find((flow) => flow.who === who && flow.peer === peer);
    if (known) return known;
    const slots = new Set(this.#flows.map(({ slot }) => slot));
    let slot = 500;
    while (slots.has(slot)) slot++;
    const flow = { slot, bornNs: this.#clockNs, who, peer, bytes: none() };
    this.#flows.push(flow);
    return flow;
  }

  #send(flow: Flow, bytes: Bytes): void {
    add(bytes, flow.bytes);
    this.#tell(flow, bytes);
  }

  #tell({ who, peer }: Flow, bytes: Bytes): void {
    for (const way of WAYS) {
      const moved = this.moved[way][who];
      if (moved) moved[peer] = (moved[peer] ?? 0) + bytes[way];
    }
  }

  #evict(flow: Flow | undefined): void {
    if (!flow) return;
    this.#flows = this.#flows.filter((one) => one !== flow);
    add(flow.bytes, this.#others[flow.who] ?? none());
  }

  #reap(who: number): void {
    if (this.#connections.some(({ flow }) => flow.who === who)) return;
    for (const flow of this.#flows) if (flow.who === who) add(flow.bytes, this.#retired);
    this.#flows = this.#flows.filter((flow) => flow.who !== who);
    add(this.#others[who] ?? none(), this.#retired);
    this.#gone.add(who);
  }
}

const nthOf = <T>(all: readonly T[], nth: number) => all[nth % Math.max(1, all.length)];
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

function none(): Bytes {
  return { sent: 0, received: 0 };
}

function noBytes(): number[][] {
  return CGROUPS.map(() => BOOKED_CLASSES.map(() => 0));
}

function add({ sent, received }: Bytes, into: Bytes): void {
  into.sent += sent;
  into.received += received;
}

const told = ({ sent, received }: Bytes) => ({ sentBytes: sent, receivedBytes: received });

/** Runs the events and reads once more. Fails if a byte is booked twice or a sum decreases. */
function play(parts: readonly Part[], isSwept: boolean) {
  const kernel = new Kernel();
  const book = new PayloadBook();
  const booked: Record<Way, number[][]> = { sent: noBytes(), received: noBytes() };
  const ended = none();
  const accounts: PayloadAccounts = {
    bookPayload: (cgroupId, { way, bytes, classIndex }) => {
      expect(bytes).toBeGreaterThan(0);
      const classes = booked[way][CGROUPS.indexOf(cgroupId)] ?? [];
      classes[classIndex] = (classes[classIndex] ?? 0) + bytes;
    },
    bookEndedPayload: ({ way, bytes }) => {
      expect(bytes).toBeGreaterThan(0);
      ended[way] += bytes;
    },
  };
  const look = (between: readonly Deed[] = []) => {
    book.book(kernel.read(between), { classOf }, accounts);
    for (const way of WAYS) {
      const moved = kernel.moved[way];
      expect(sum(booked[way].flat()) + ended[way]).toBeLessThanOrEqual(sum(moved.flat()));
      for (const [i, classes] of booked[way].entries())
        expect(sum(classes)).toBeLessThanOrEqual(sum(moved[i] ?? []));
    }
  };
  for (const { deeds, sweep, between } of parts) {
    for (const deed of deeds) kernel.do(deed);
    look(between);
    if (isSwept) kernel.do(sweep);
  }
  look();
  return { moved: kernel.moved, booked, ended };
}

const classOf: ClassOf = (address) => PEER_CLASSES[Number(address.at(-1))] ?? 'internet';

test('under sending, receiving, eviction and reap, each byte is booked once', () => {
  fc.assert(
    fc.property(story, (parts) => {
      const { moved, booked, ended } = play(parts, true);
      for (const way of WAYS)
        expect(sum(booked[way].flat()) + ended[way]).toBe(sum(moved[way].flat()));
    }),
    { numRuns: 500 },
  );
});

test('if all rows stay, each byte is booked to its cgroup and by class of peer', () => {
  fc.assert(
    fc.property(story, (parts) => {
      const { moved, booked, ended } = play(parts, false);
      expect(booked).toEqual(moved);
      expect(ended).toEqual(none());
    }),
    { numRuns: 500 },
  );
});
