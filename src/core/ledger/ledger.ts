import { AnswerBook, type QueriedName } from '../dns/answers.ts';
import type { Billing } from '../flow/billing.ts';
import type { FlowEnd } from '../flow/flow.ts';
import { type FlowContext, flowsOf } from '../flow/flow-list.ts';
import type { ClassOf } from '../flow/peer-class.ts';
import { noDirectory, type PeerDirectory } from '../flow/peer-directory.ts';
import { lazily } from '../lazily.ts';
import { knownPools, type PoolOf } from '../mining/detectors/known-pools.ts';
import { MiningWatch } from '../mining/mining-watch.ts';
import type { Thresholds } from '../mining/verdict/finding.ts';
import type { MayMine } from '../mining/verdict/may-mine.ts';
import type { PlaceOf } from '../place/place.ts';
import type { PodNames } from '../place/pod-name.ts';
import type { Reading } from '../reading/reading.ts';
import type { PodUsage, Snapshot } from '../snapshot.ts';
import { networkOf, type Payload, usageOf } from '../usage/figures.ts';
import type { SecondsOf } from './account.ts';
import { Epoch } from './epoch.ts';
import { PairBook } from './pair-book.ts';
import { PayloadBook } from './payload-book.ts';
import { factsOfPods } from './pod-facts.ts';
import { Workloads } from './workloads.ts';

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
  readonly nodeName: string;
  /** Books payload by class of peer. Walks all flows and connections at each tick. */
  readonly hasEgress?: boolean;
  /** Enables mining detection. */
  readonly hasMining?: boolean;
  /** Score thresholds for mining detection. */
  readonly thresholds?: Thresholds;
  /** Pods that are allowed to mine. */
  readonly mayMine?: MayMine;
  /** Returns the pool of a name. By default the built-in list. */
  readonly poolOf?: PoolOf;
  /** Books payload between workloads, with this maximum number of pairs. Takes another such walk. */
  readonly maxPairs?: number | undefined;
}

/** Turns reads into snapshots. Counters never decrease while the daemon runs. */
export class Ledger {
  readonly #nodeName: string;
  readonly #hasEgress: boolean;
  readonly #maxPairs: number | undefined;
  readonly #mayMine: MayMine;
  #epoch = new Epoch();
  #payload = new PayloadBook();
  #pairs: PairBook | undefined;
  #answers = new AnswerBook();
  readonly #mining: MiningWatch | undefined;
  #startedNs: number | undefined;
  #startedSeconds = 0;
  #daemonSeconds = 0;

  constructor({
    nodeName,
    hasEgress = false,
    maxPairs,
    hasMining,
    thresholds,
    mayMine,
    poolOf,
  }: LedgerOptions) {
    this.#nodeName = nodeName;
    this.#mayMine = mayMine ?? (() => false);
    this.#mining = hasMining ? new MiningWatch(poolOf ?? knownPools(), thresholds) : undefined;
    this.#hasEgress = hasEgress;
    this.#maxPairs = maxPairs;
  }

  update(reading: Reading, attribution: Attribution): Snapshot {
    const secondsOf = wallClockOf(reading);
    if (reading.startedNs !== this.#startedNs) this.#begin(reading, secondsOf);
    this.#epoch.take(reading.usage, attribution, openPayload(reading));
    if (this.#hasEgress) this.#payload.take(reading, attribution, this.#epoch);
    const { node, unattributed, loopback, ended } = this.#epoch;
    const pods = this.#pods(attribution, secondsOf);
    const workloads = lazily(() => new Workloads(pods));
    const naming = this.#naming(reading, attribution);
    const workloadOf = (end: FlowEnd) => workloads().of(end);
    const sharesOf = (cgroupId: number) => this.#epoch.sharesOf(cgroupId);
    const holderOf = (cgroupId: number) => this.#epoch.holderOf(cgroupId);
    const ownershipOf = (cgroupId: number) => this.#epoch.ownershipOf(cgroupId);
    const context = { ...naming, workloadOf, sharesOf, holderOf, ownershipOf, secondsOf };
    const factsOf = factsOfPods(pods, workloads, this.#mayMine);
    return {
      wallMs: reading.wallMs,
      monotonicNs: reading.monotonicNs,
      nodeName: this.#nodeName,
      startedSeconds: this.#startedSeconds,
      hasPackets: reading.hasPackets,
      pods,
      unattributed: usageOf(unattributed),
      node: usageOf(node),
      loopback: networkOf(loopback),
      endedByNamespace: ended.usage(this.#startedSeconds, this.#daemonSeconds),
      pairs: this.#pairs?.take(reading, { ...context, workloads: workloads() }),
      findings: this.#mining?.take(reading, { ...context, factsOf }) ?? [],
      flows: lazily(() => flowsOf(reading.flow, reading.connection, context)),
      runs: reading.runs,
      lost: [...reading.lost, ...(this.#mining?.lost ?? [])],
      maps: reading.maps,
    };
  }

  #naming(
    { answer: answers, monotonicNs: nowNs }: Reading,
    { classOf, directory = noDirectory }: Attribution,
  ): Omit<FlowContext, 'workloadOf' | 'secondsOf'> & {
    readonly queriedNames: readonly QueriedName[];
  } {
    const ownerOf = (cgroupId: number) => this.#epoch.ownerOf(cgroupId);
    const book = this.#answers;
    const holderOf = (cgroupId: number) => this.#epoch.holderOf(cgroupId);
    const queriedNames = book.learn(answers, { ownerOf, holderOf }, nowNs);
    const nameOf: FlowContext['nameOf'] = (owner, address) => book.nameOf(owner, address);
    return { ownerOf, classOf, directory, nameOf, nowNs, queriedNames };
  }

  /** A load with another layout restarts the kernel's counters, and therefore these books. */
  #begin(reading: Reading, secondsOf: SecondsOf): void {
    this.#epoch = new Epoch();
    this.#payload = new PayloadBook();
    this.#pairs = this.#maxPairs === undefined ? undefined : new PairBook(this.#maxPairs);
    this.#answers = new AnswerBook();
    this.#mining?.restart();
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
