import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flowRow, ipv4, openConnection, otherPeers } from '../flow-reading.fixture.ts';
import { type ClassOf, PEER_CLASSES } from '../peer-class.ts';
import { EGRESS_CLASSES } from '../usage.ts';
import { type EgressAccounts, EgressBook } from './egress-book.ts';

const CGROUPS = [10, 11, 12];
/** A peer a class: its address ends with the class's index. */
const PEERS = PEER_CLASSES.length;

const who = fc.nat(CGROUPS.length - 1);
const peer = fc.nat(PEERS - 1);
const bytes = fc.integer({ min: 1, max: 1000 });
const nth = fc.nat(20);
/** What may happen at any time, and what happens between two readings alone. */
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
/** Each part ends with a reading, in the midst of which something happens. */
const part = fc.record({
  deeds: fc.array(busy, { maxLength: 8 }),
  sweep: swept,
  between: fc.array(busy, { maxLength: 4 }),
});
type Part = typeof part extends fc.Arbitrary<infer One> ? One : never;
const story = fc.array(part, { minLength: 1, maxLength: 12 });

interface Flow {
  readonly slot: number;
  readonly bornNs: number;
  readonly who: number;
  readonly peer: number;
  bytes: number;
}

interface Connection {
  readonly flow: Flow;
  bytes: number;
}

/** The kernel's side. `sent` is the truth: by cgroup, then by class. */
class Kernel {
  readonly sent: number[][] = CGROUPS.map(() => EGRESS_CLASSES.map(() => 0));
  readonly #others: number[] = CGROUPS.map(() => 0);
  readonly #gone = new Set<number>();
  #retired = 0;
  #clockNs = 1;
  #flows: Flow[] = [];
  #connections: Connection[] = [];

  do(deed: Deed | Sweep): void {
    this.#clockNs += 1;
    if ('who' in deed && this.#gone.has(deed.who)) return;
    const connection = 'nth' in deed ? nthOf(this.#connections, deed.nth) : undefined;
    if (deed.does === 'datagram') this.#send(this.#flow(deed.who, deed.peer), deed.bytes);
    else if (deed.does === 'open')
      this.#connections.push({ flow: this.#flow(deed.who, deed.peer), bytes: 0 });
    else if (deed.does === 'send' && connection) {
      connection.bytes += deed.bytes;
      this.#tell(connection.flow, deed.bytes);
    } else if (deed.does === 'close' && connection) {
      // Where its row was evicted it finds another.
      this.#flow(connection.flow.who, connection.flow.peer).bytes += connection.bytes;
      this.#connections = this.#connections.filter((one) => one !== connection);
    } else if (deed.does === 'evict') this.#evict(nthOf(this.#flows, deed.nth));
    else if (deed.does === 'reap') this.#reap(deed.who);
  }

  read(between: readonly Deed[]) {
    const monotonicNs = ++this.#clockNs;
    const flows = [
      otherPeers({ slot: 0, cgroupId: 0, bornNs: 0, sentBytes: this.#retired }),
      ...CGROUPS.map((cgroupId, i) =>
        otherPeers({ slot: 3 + i, cgroupId, bornNs: 0, sentBytes: this.#others[i] ?? 0 }),
      ).filter((_, i) => !this.#gone.has(i)),
      ...this.#flows.map(({ slot, bornNs, who, peer, bytes }) =>
        flowRow({
          slot,
          bornNs,
          cgroupId: CGROUPS[who] ?? 0,
          peer: ipv4(10, 0, 0, peer),
          sentBytes: bytes,
        }),
      ),
    ];
    for (const deed of between) this.do(deed);
    const connections = this.#connections.map(({ flow, bytes }) =>
      openConnection(bytes, {
        flowSlot: flow.slot,
        flowBornNs: flow.bornNs,
        cgroupId: CGROUPS[flow.who] ?? 0,
        usageSlot: 3 + flow.who,
      }),
    );
    return { flows, connections, monotonicNs };
  }

  #flow(who: number, peer: number): Flow {
    const known = this.#flows.find((flow) => flow.who === who && flow.peer === peer);
    if (known) return known;
    const slots = new Set(this.#flows.map(({ slot }) => slot));
    let slot = 500;
    while (slots.has(slot)) slot++;
    const flow = { slot, bornNs: this.#clockNs, who, peer, bytes: 0 };
    this.#flows.push(flow);
    return flow;
  }

  #send(flow: Flow, bytes: number): void {
    flow.bytes += bytes;
    this.#tell(flow, bytes);
  }

  #tell({ who, peer }: Flow, bytes: number): void {
    const sent = this.sent[who];
    if (sent) sent[peer] = (sent[peer] ?? 0) + bytes;
  }

  #evict(flow: Flow | undefined): void {
    if (!flow) return;
    this.#flows = this.#flows.filter((one) => one !== flow);
    this.#others[flow.who] = (this.#others[flow.who] ?? 0) + flow.bytes;
  }

  #reap(who: number): void {
    if (this.#connections.some(({ flow }) => flow.who === who)) return;
    for (const flow of this.#flows) if (flow.who === who) this.#retired += flow.bytes;
    this.#flows = this.#flows.filter((flow) => flow.who !== who);
    this.#retired += this.#others[who] ?? 0;
    this.#gone.add(who);
  }
}

const nthOf = <T>(all: readonly T[], nth: number) => all[nth % Math.max(1, all.length)];
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

/** Plays a story and reads once more. Fails where anything is booked twice, or a sum falls. */
function play(parts: readonly Part[], isSwept: boolean) {
  const kernel = new Kernel();
  const book = new EgressBook();
  const booked = CGROUPS.map(() => EGRESS_CLASSES.map(() => 0));
  let ended = 0;
  const accounts: EgressAccounts = {
    bookEgress: (cgroupId, bytes, classIndex) => {
      expect(bytes).toBeGreaterThan(0);
      const classes = booked[CGROUPS.indexOf(cgroupId)] ?? [];
      classes[classIndex] = (classes[classIndex] ?? 0) + bytes;
    },
    bookEndedEgress: (bytes) => {
      expect(bytes).toBeGreaterThan(0);
      ended += bytes;
    },
  };
  const look = (between: readonly Deed[] = []) => {
    book.take(kernel.read(between), classOf, accounts);
    expect(sum(booked.flat()) + ended).toBeLessThanOrEqual(sum(kernel.sent.flat()));
    for (const [i, classes] of booked.entries())
      expect(sum(classes)).toBeLessThanOrEqual(sum(kernel.sent[i] ?? []));
  };
  for (const { deeds, sweep, between } of parts) {
    for (const deed of deeds) kernel.do(deed);
    look(between);
    if (isSwept) kernel.do(sweep);
  }
  look();
  return { sent: kernel.sent, booked, ended };
}

const classOf: ClassOf = (address) => PEER_CLASSES[Number(address.at(-1))] ?? 'internet';

test('whatever is sent, evicted or reaped: each byte is booked once', () => {
  fc.assert(
    fc.property(story, (parts) => {
      const { sent, booked, ended } = play(parts, true);
      expect(sum(booked.flat()) + ended).toBe(sum(sent.flat()));
    }),
    { numRuns: 500 },
  );
});

test('where all rows stay, each byte is booked to who sent it, by where to', () => {
  fc.assert(
    fc.property(story, (parts) => {
      const { sent, booked, ended } = play(parts, false);
      expect(booked).toEqual(sent);
      expect(ended).toBe(0);
    }),
    { numRuns: 500 },
  );
});
