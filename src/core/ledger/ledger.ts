import { AnswerBook, type QueriedName } from '../dns/answers.ts';
import type { Billing } from '../flow/billing.ts';
import type { FlowEnd } from '../flow/flow.ts';
import type { ClassOf } from '../flow/peer-class.ts';
import { noDirectory, type PeerDirectory } from '../flow/peer-directory.ts';
import type { Pairs } from '../flow/workload-pair.ts';
import { lazily } from '../lazily.ts';
import type { PlaceOf } from '../place/place.ts';
import type { PodNames } from '../place/pod-name.ts';
import type { Reading } from '../reading/reading.ts';
import type { NodeUsage, PodUsage } from '../snapshot.ts';
import { networkOf, type Payload, usageOf } from '../usage/figures.ts';
import type { SecondsOf } from './account.ts';
import type { AttributedTick, CgroupOwners } from './attributed-tick.ts';
import { Epoch } from './epoch.ts';
import { ExportedPods } from './exported-pods.ts';
import { PairBook } from './pair-book.ts';
import { PayloadBook } from './payload-book.ts';

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
  /** Books payload between workloads, with this maximum number of pairs. Takes another such walk. */
  readonly maxPairs?: number | undefined;
}

/** Attributes readings to pods, and books their usage. Counters never decrease while the daemon runs. */
export class Ledger {
  readonly #hasEgress: boolean;
  readonly #maxPairs: number | undefined;
  #epoch = new Epoch();
  #payload = new PayloadBook();
  #pairs: PairBook | undefined;
  #answers = new AnswerBook();
  #startedNs: number | undefined;
  #startedSeconds = 0;
  #daemonSeconds = 0;

  constructor({ hasEgress = false, maxPairs }: LedgerOptions = {}) {
    this.#hasEgress = hasEgress;
    this.#maxPairs = maxPairs;
  }

  attribute(reading: Reading, attribution: Attribution): AttributedTick {
    const secondsOf = wallClockOf(reading);
    if (reading.startedNs !== this.#startedNs) this.#begin(reading, secondsOf);
    this.#epoch.take(reading.usage, attribution, openPayload(reading));
    if (this.#hasEgress) this.#payload.book(reading, attribution, this.#epoch);
    const pods = this.#pods(attribution, secondsOf);
    const exported = lazily(() => new ExportedPods(pods));
    const owners = this.#owners();
    const names = {
      ...owners,
      ...this.#names(reading, attribution, owners),
      podOf: (end: Pick<FlowEnd, 'namespace' | 'pod'>) => exported().podOf(end),
      workloadOf: (end: FlowEnd) => exported().workloadOf(end),
      secondsOf,
    };
    const pairs = this.#pairs?.book(reading, {
      ...names,
      hasWorkload: (namespace, workload) => exported().hasWorkload(namespace, workload),
    });
    return { ...names, usage: this.#usage(pods, pairs) };
  }

  #owners(): CgroupOwners {
    return {
      ownerOf: (cgroupId) => this.#epoch.ownerOf(cgroupId),
      ownershipOf: (cgroupId) => this.#epoch.ownershipOf(cgroupId),
      sharesOf: (cgroupId) => this.#epoch.sharesOf(cgroupId),
      holderOf: (cgroupId) => this.#epoch.holderOf(cgroupId),
    };
  }

  #names(
    { answer: answers, monotonicNs: nowNs }: Reading,
    { classOf, directory = noDirectory }: Attribution,
    owners: CgroupOwners,
  ): Pick<AttributedTick, 'classOf' | 'directory' | 'nameOf' | 'nowNs' | 'asked'> {
    const book = this.#answers;
    const asked: readonly AskedName[] = book.take(answers, owners, nowNs);
    return { classOf, directory, nameOf: (...address) => book.nameOf(...address), nowNs, asked };
  }

  #usage(pods: readonly PodUsage[], pairs: Pairs | undefined): NodeUsage {
    const { node, unattributed, loopback, ended } = this.#epoch;
    return {
      startedSeconds: this.#startedSeconds,
      pods,
      unattributed: usageOf(unattributed),
      node: usageOf(node),
      loopback: networkOf(loopback),
      endedByNamespace: ended.usage(this.#startedSeconds, this.#daemonSeconds),
      pairs,
    };
  }

  /** A load with another layout restarts the kernel's counters, and therefore these books. */
  #begin(reading: Reading, secondsOf: SecondsOf): void {
    this.#epoch = new Epoch();
    this.#payload = new PayloadBook();
    this.#pairs = this.#maxPairs === undefined ? undefined : new PairBook(this.#maxPairs);
    this.#answers = new AnswerBook();
    this.#startedNs = reading.startedNs;
    this.#startedSeconds = secondsOf(reading.startedNs);
    this.#daemonSeconds = reading.wallMs / 1e3;
  }

  #pods({ throttledNsOf }: Attribution, secondsOf: SecondsOf): PodUsage[] {
    const pods: PodUsage[] = [];
    for (const pod of this.#epoch.book.pods()) {
      this.#epoch.ended.open(pod);
      for (const container of pod.containers.values()) container.addThrottled(throttledNsOf);
      pods.push(pod.usage(secondsOf));
    }
    return pods;
  }
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
