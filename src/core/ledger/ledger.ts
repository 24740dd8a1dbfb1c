import { AnswerBook } from '../dns/answers.ts';
import type { Billing } from '../flow/billing.ts';
import type { FlowEnd } from '../flow/flow.ts';
import type { ClassOf } from '../flow/peer-class.ts';
import { noDirectory, type PeerDirectory } from '../flow/peer-directory.ts';
import type { Pairs } from '../flow/workload-pair.ts';
import { lazily } from '../lazily.ts';
import type { PlaceOf } from '../place/place.ts';
import type { PodNames } from '../place/pod-name.ts';
import type { Reading } from '../reading/reading.ts';
import { networkOf, type Payload, usageOf } from '../usage/figures.ts';
import type { SecondsOf } from './account.ts';
import type { AttributedTick, CgroupOwners } from './attributed-tick.ts';
import { ExportedPods } from './exported-pods.ts';
import type { NodeUsage, PodUsage } from './node-usage.ts';
import { PairBook } from './pair-book.ts';
import { PayloadBook } from './payload-book.ts';
import { UsageBook } from './usage-book.ts';

/** Provides the names of the rows of a read. */
export interface Attribution {
  /** Path from the root of the cgroup v2 hierarchy; undefined while unknown. */
  readonly pathOf: (cgroupId: number) => string | undefined;
  /** By default from the path alone. */
  readonly placeOf?: PlaceOf | undefined;
  readonly names: PodNames;
  /** By the `cgroupPath` of a place; undefined if the node does not provide it. */
  readonly throttledNsOf: (cgroupPath: string) => number | undefined;
  readonly classOf: ClassOf;
  /** By default nothing is billed separately. */
  readonly billing?: Billing | undefined;
  /** Undefined if peers on other nodes have no names. */
  readonly directory?: PeerDirectory | undefined;
}

export interface LedgerOptions {
  /** Books payload by class of peer. Walks all flows and connections at each tick. */
  readonly hasEgress?: boolean;
  /** Books payload between workloads, with this maximum number of pairs. Needs another such walk. */
  readonly maxPairs?: number | undefined;
}

/** The books since one load. */
interface Books {
  readonly startedNs: number;
  readonly startedSeconds: number;
  readonly daemonSeconds: number;
  readonly usage: UsageBook;
  readonly payload: PayloadBook | undefined;
  readonly pairs: PairBook | undefined;
  readonly answers: AnswerBook;
}

/** Attributes readings to pods, and books their usage. Counters never decrease while the daemon runs. */
export class Ledger {
  readonly #options: LedgerOptions;
  #books: Books | undefined;

  constructor(options: LedgerOptions = {}) {
    this.#options = options;
  }

  attribute(reading: Reading, attribution: Attribution): AttributedTick {
    const secondsOf = wallClockOf(reading);
    const books = this.#booksFor(reading, secondsOf);
    books.usage.book(reading.usage, attribution, openPayload(reading));
    books.payload?.book(reading, attribution, books.usage);
    const pods = podsIn(books, attribution, secondsOf);
    const exported = lazily(() => new ExportedPods(pods));
    const names = {
      ...namesIn(books, reading, attribution),
      podOf: (end: Pick<FlowEnd, 'namespace' | 'pod'>) => exported().podOf(end),
      workloadOf: (end: FlowEnd) => exported().workloadOf(end),
      secondsOf,
    };
    const pairs = books.pairs?.book(reading, {
      ...names,
      hasWorkload: (namespace, workload) => exported().hasWorkload(namespace, workload),
    });
    return { ...names, usage: usageIn(books, pods, pairs) };
  }

  /** A load with another layout restarts the kernel's counters, and therefore the books. */
  #booksFor({ startedNs, wallMs }: Reading, secondsOf: SecondsOf): Books {
    const { hasEgress, maxPairs } = this.#options;
    if (this.#books?.startedNs === startedNs) return this.#books;
    this.#books = {
      startedNs,
      startedSeconds: secondsOf(startedNs),
      daemonSeconds: wallMs / 1e3,
      usage: new UsageBook(),
      payload: hasEgress ? new PayloadBook() : undefined,
      pairs: maxPairs === undefined ? undefined : new PairBook(maxPairs),
      answers: new AnswerBook(),
    };
    return this.#books;
  }
}

function podsIn(
  { usage }: Books,
  { throttledNsOf }: Attribution,
  secondsOf: SecondsOf,
): PodUsage[] {
  const pods: PodUsage[] = [];
  for (const pod of usage.pods.accounts()) {
    usage.ended.open(pod);
    for (const container of pod.containers.values()) container.addThrottled(throttledNsOf);
    pods.push(pod.usage(secondsOf));
  }
  return pods;
}

function namesIn(
  { usage, answers }: Books,
  { answer, monotonicNs: nowNs }: Reading,
  { classOf, directory = noDirectory }: Attribution,
): Omit<AttributedTick, 'usage' | 'podOf' | 'workloadOf' | 'secondsOf'> {
  const owners: CgroupOwners = {
    ownerOf: (cgroupId) => usage.ownerOf(cgroupId),
    ownershipOf: (cgroupId) => usage.ownershipOf(cgroupId),
    sharesOf: (cgroupId) => usage.sharesOf(cgroupId),
    holderOf: (cgroupId) => usage.holderOf(cgroupId),
  };
  return {
    ...owners,
    queriedNames: answers.learn(answer, owners, nowNs),
    nameOf: (owner, address) => answers.nameOf(owner, address),
    classOf,
    directory,
    nowNs,
  };
}

function usageIn(
  { usage, startedSeconds, daemonSeconds }: Books,
  pods: readonly PodUsage[],
  pairs: Pairs | undefined,
): NodeUsage {
  return {
    startedSeconds,
    pods,
    unattributed: usageOf(usage.unattributed),
    node: usageOf(usage.node),
    loopback: networkOf(usage.loopback),
    endedByNamespace: usage.ended.byNamespace(startedSeconds, daemonSeconds),
    pairs,
  };
}

/** By cgroup. Only without packets, because a full table takes time. */
function openPayload({ hasPackets, connection }: Reading): ReadonlyMap<number, Payload> {
  const open = new Map<number, Payload>();
  if (hasPackets) return open;
  for (const { cgroupId, figures } of connection) {
    const payload = open.get(cgroupId) ?? { sent: 0, received: 0 };
    open.set(cgroupId, payload);
    payload.sent += figures.sent.bytes;
    payload.received += figures.received.bytes;
  }
  return open;
}

/** To the millisecond, the precision of both clocks. */
function wallClockOf({ wallMs, monotonicNs }: Reading): SecondsOf {
  return (momentNs) => Math.round(wallMs - (monotonicNs - momentNs) / 1e6) / 1e3;
}
