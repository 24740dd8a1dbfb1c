import type { FlowEnd } from '../flow/flow.ts';
import { type FlowFixture, flowRow, ipv4 } from '../flow/flow-record.fixture.ts';
import type { FlowRecord, OpenConnection } from '../flow/flow-record.ts';
import { noDirectory, type PeerDirectory } from '../flow/peer-directory.ts';
import type { Pairs } from '../flow/workload-pair.ts';
import { ExportedPods } from './exported-pods.ts';
import { PairBook } from './pair-book.ts';

export const WEB: Uint8Array = ipv4(10, 0, 0, 10);
export const DB: Uint8Array = ipv4(10, 0, 0, 11);
export const OUTSIDE: Uint8Array = ipv4(1, 1, 1, 1);

export function pod(name: string): FlowEnd {
  return { namespace: 'shop', pod: name, container: '' };
}

/** A flow that web-0 opened to db-0, and its other end. */
export function client(told: FlowFixture): FlowRecord {
  return flowRow({ local: WEB, peer: DB, ...told });
}

export function server(told: FlowFixture): FlowRecord {
  return flowRow({ cgroupId: 11, slot: 501, local: DB, peer: WEB, opener: 1, ...told });
}

/** A flow that web-0 opened to a peer outside the node. */
export function outside(told: FlowFixture): FlowRecord {
  return flowRow({ local: WEB, peer: OUTSIDE, ...told });
}

type Shown = Readonly<Record<string, readonly number[]>>;

/** A book and its output: connections, bytes sent and bytes received by pair. */
export class Story {
  readonly owners: Map<string, string> = new Map([['web-0', 'web']]);
  readonly pods: Map<number, FlowEnd> = new Map([
    [10, pod('web-0')],
    [11, pod('db-0')],
  ]);
  readonly #book = new PairBook(10);
  directory: PeerDirectory = noDirectory;
  pairs: Pairs = { all: [], overflowed: 0 };

  see(flows: readonly FlowRecord[], connections: readonly OpenConnection[] = []): Shown {
    const reading = { flow: flows, connection: connections, monotonicNs: 100e9 };
    const pods = Array.from(this.pods.values(), (end) => {
      return { ...end, ownerKind: '', ownerName: this.owners.get(end.pod) ?? '' };
    });
    const exported = new ExportedPods(pods);
    this.pairs = this.#book.book(reading, {
      ownerOf: (cgroupId) => this.pods.get(cgroupId),
      sharesOf: () => [],
      classOf: (address) => (address.startsWith('10.') ? 'private' : 'internet'),
      secondsOf: (momentNs) => momentNs / 1e9,
      directory: this.directory,
      workloadOf: (end) => exported.workloadOf(end),
      hasWorkload: (...names) => exported.hasWorkload(...names),
    });
    return this.shown();
  }

  /** Reads twice, because figures of a new row wait for the next read. */
  seeTwice(flows: readonly FlowRecord[], connections: readonly OpenConnection[] = []): Shown {
    this.see(flows, connections);
    return this.see(flows, connections);
  }

  shown(): Shown {
    const entries = this.pairs.all.map((usage) => {
      const { workload, peerWorkload, peerClass } = usage.pair;
      const { connections, sentBytes, receivedBytes } = usage;
      return [`${workload}>${peerWorkload} ${peerClass}`, [connections, sentBytes, receivedBytes]];
    });
    return Object.fromEntries(entries);
  }
}
