import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flowRow, ipv4, openConnection, otherPeers } from '../flow/flow-record.fixture.ts';
import { noDirectory } from '../flow/peer-directory.ts';
import { ExportedPods } from './exported-pods.ts';
import { PairBook } from './pair-book.ts';
import { keyOf } from './pair-table.ts';

const CGROUPS = [10, 11];
const PODS = new ExportedPods(
  CGROUPS.map((id) => ({ namespace: '', pod: `pod-${id}`, ownerKind: '', ownerName: '' })),
);
const PEERS = 3;

const who = fc.nat(CGROUPS.length - 1);
const peer = fc.nat(PEERS - 1);
const opener = fc.nat(1);
const bytes = fc.integer({ min: 1, max: 1000 });
const nth = fc.nat(20);
/** Events that may happen at any time, and events only between two reads. */
const busy = fc.oneof(
  fc.record({ does: fc.constant('open' as const), who, peer, opener }),
  fc.record({ does: fc.constant('send' as const), nth, bytes }),
  fc.record({ does: fc.constant('close' as const), nth }),
);
const evict = fc.record({ does: fc.constant('evict' as const), nth });
type Deed = typeof busy | typeof evict extends fc.Arbitrary<infer One> ? One : never;
/** Each part ends with a read, and an event happens during that read. */
const part = fc.record({
  deeds: fc.array(busy, { maxLength: 8 }),
  swept: fc.array(evict, { maxLength: 2 }),
  between: fc.array(busy, { maxLength: 4 }),
});
const story = fc.array(part, { minLength: 1, maxLength: 12 });

interface Row {
  readonly slot: number;
  readonly bornNs: number;
  readonly who: number;
  readonly peer: number;
  readonly opener: number;
  established: number;
  bytes: number;
}

interface Connection {
  readonly row: Row;
  bytes: number;
}

/** The kernel's side. A row is evicted only after all its connections have ended. */
class Kernel {
  sentBytes = 0;
  established = 0;
  readonly #others = CGROUPS.map(() => ({ established: 0, bytes: 0 }));
  #clockNs = 1;
  #slots = 500;
  #rows: Row[] = [];
  #connections: Connection[] = [];

  do(deed: Deed): void {
    this.#clockNs += 1;
    const connection = 'nth' in deed ? nthOf(this.#connections, deed.nth) : undefined;
    if (deed.does === 'open') {
      const row = this.#row(deed.who, deed.peer, deed.opener);
      row.established += 1;
      this.established += 1;
      this.#connections.push({ row, bytes: 0 });
    } else if (deed.does === 'evict') this.#evict(nthOf(this.#rows, deed.nth));
    else if (deed.does === 'send' && connection) {
      connection.bytes += deed.bytes;
      this.sentBytes += deed.bytes;
    } else if (deed.does === 'close' && connection) {
      connection.row.bytes += connection.bytes;
      this.#connections = this.#connections.filter((one) => one !== connection);
    }
  }

  read(between: readonly Deed[]) {
    const monotonicNs = ++this.#clockNs;
    const flows = [
      ...this.#others.map(({ established, bytes }, i) =>
        otherPeers({
          slot: 3 + i,
          cgroupId: CGROUPS[i] ?? 0,
          bornNs: 0,
          established,
          sentBytes: bytes,
        }),
      ),
      ...this.#rows.map(({ slot, bornNs, who, peer, opener, established, bytes }) =>
        flowRow({
          slot,
          bornNs,
          cgroupId: CGROUPS[who] ?? 0,
          peer: ipv4(1, 0, 0, peer + 1),
          opener,
          established,
          sentBytes: bytes,
        }),
      ),
    ];
    for (const deed of between) this.do(deed);
    const connections = this.#connections.map(({ row, bytes }) =>
      openConnection(bytes, {
        flowSlot: row.slot,
        flowBornNs: row.bornNs,
        cgroupId: CGROUPS[row.who] ?? 0,
      }),
    );
    return { flow: flows, connection: connections, monotonicNs };
  }

  #row(who: number, peer: number, opener: number): Row {
    const known = this.#rows.find(
      (row) => row.who === who && row.peer === peer && row.opener === opener,
    );
    if (known) return known;
    const bornNs = this.#clockNs;
    const row = { slot: this.#slots++, bornNs, who, peer, opener, established: 0, bytes: 0 };
    this.#rows.push(row);
    return row;
  }

  #evict(row: Row | undefined): void {
    const others = row && this.#others[row.who];
    if (!others || this.#connections.some((one) => one.row === row)) return;
    this.#rows = this.#rows.filter((one) => one !== row);
    others.established += row.established;
    others.bytes += row.bytes;
  }
}

const nthOf = <T>(all: readonly T[], nth: number) => all[nth % Math.max(1, all.length)];

/** Reads a kernel. Fails if a pair decreases, or if more is booked than was moved. */
class Looker {
  connections = 0;
  bytes = 0;
  readonly #book: PairBook;
  #last = new Map<string, number>();

  constructor(maxPairs: number) {
    this.#book = new PairBook(maxPairs);
  }

  look(kernel: Kernel, between: readonly Deed[] = []): void {
    const { all } = this.#book.book(kernel.read(between), {
      ownerOf: (id) => ({ namespace: '', pod: `pod-${id}`, container: '' }),
      sharesOf: () => [],
      classOf: (address) => (address === '1.0.0.1' ? 'cluster' : 'internet'),
      secondsOf: (ns) => ns,
      directory: noDirectory,
      workloadOf: (end) => PODS.workloadOf(end),
      hasWorkload: (...names) => PODS.hasWorkload(...names),
    });
    const now = new Map<string, number>();
    [this.connections, this.bytes] = [0, 0];
    for (const { pair, connections, sentBytes, receivedBytes } of all) {
      this.connections += connections;
      this.bytes += sentBytes + receivedBytes;
      for (const [what, reading] of Object.entries({ connections, sentBytes, receivedBytes }))
        now.set(`${keyOf(pair)} ${what}`, reading);
    }
    for (const [key, reading] of this.#last)
      expect(now.get(key) ?? 0, key).toBeGreaterThanOrEqual(reading);
    this.#last = now;
    expect(this.bytes).toBeLessThanOrEqual(kernel.sentBytes);
    expect(this.connections).toBeLessThanOrEqual(kernel.established);
  }
}

test.each([10, 3])(
  'whatever is sent or evicted, with room for %i pairs: all is booked once, and none steps back',
  (maxPairs) => {
    fc.assert(
      fc.property(story, (parts) => {
        const kernel = new Kernel();
        const looker = new Looker(maxPairs);
        for (const { deeds, swept, between } of parts) {
          for (const deed of deeds) kernel.do(deed);
          looker.look(kernel, between);
          for (const deed of swept) kernel.do(deed);
        }
        for (let tick = 0; tick < 3; tick++) looker.look(kernel);
        expect([looker.connections, looker.bytes]).toEqual([kernel.established, kernel.sentBytes]);
      }),
      { numRuns: 500 },
    );
  },
);
