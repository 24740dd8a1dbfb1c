import { AnswerBook, type AskedName } from '../dns/answers.ts';
import type { Billing } from '../flow/billing.ts';
import type { FlowEnd } from '../flow/flow.ts';
import { type FlowContext, flowsOf } from '../flow/flow-list.ts';
import type { ClassOf } from '../flow/peer-class.ts';
import { noDirectory, type PeerDirectory } from '../flow/peer-directory.ts';
import { lazily } from '../lazily.ts';
import { type PoolOf, poolsUnder } from '../mining/detectors/pool-domains.ts';
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

/** How the rows of a reading get their names. */
export interface Attribution {
  /** Path from the root of the cgroup v2 hierarchy; undefined while it is not known. */
  readonly pathOf: (cgroupId: number) => string | undefined;
  /** By the path alone unless told otherwise. */
  readonly placeOf?: PlaceOf | undefined;
  readonly names: PodNames;
  /** By the `cgroupPath` of a place; undefined where the node does not tell. */
  readonly throttledNsOf: (cgroupPath: string) => number | undefined;
  readonly classOf: ClassOf;
  /** Nothing is billed apart unless told. */
  readonly billing?: Billing | undefined;
  /** Undefined where peers elsewhere have no names. */
  readonly directory?: PeerDirectory | undefined;
}

export interface LedgerOptions {
  readonly nodeName: string;
  /** Books what was sent and received by where the peer is: a walk of all flows and connections a tick. */
  readonly hasEgress?: boolean;
  /** Looks for mining. */
  readonly hasMining?: boolean;
  /** From which score on a pod is told as what. */
  readonly thresholds?: Thresholds;
  /** Pods that may mine, whatever is seen of them. */
  readonly mayMine?: MayMine;
  /** Which names are those of pools; by default, those that are known anyway. */
  readonly poolOf?: PoolOf;
  /** Books what is between workloads, so many pairs of them at most: another such walk. */
  readonly maxPairs?: number | undefined;
}

/** Turns readings into snapshots whose counters never step back while the daemon lives. */
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
    this.#mining = hasMining ? new MiningWatch(poolOf ?? poolsUnder(), thresholds) : undefined;
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
  ): Omit<FlowContext, 'workloadOf' | 'secondsOf'> & { readonly asked: readonly AskedName[] } {
    const ownerOf = (cgroupId: number) => this.#epoch.ownerOf(cgroupId);
    const book = this.#answers;
    const holderOf = (cgroupId: number) => this.#epoch.holderOf(cgroupId);
    const asked = book.take(answers, { ownerOf, holderOf }, nowNs);
    const nameOf: FlowContext['nameOf'] = (owner, address) => book.nameOf(owner, address);
    return { ownerOf, classOf, directory, nameOf, nowNs, asked };
  }

  /** A load with another layout starts the kernel's counters afresh, and these books with them. */
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

/** By cgroup. Only where nobody looks at packets: a full table takes its time. */
function openPayload({
  hasPackets,
  connection: connections,
}: Reading): ReadonlyMap<number, Payload> {
  const open = new Map<number, Payload>();
  if (hasPackets) return open;
  for (const { cgroupId, figures } of connections) {
    const payload = open.get(cgroupId) ?? { sent: 0, received: 0 };
    open.set(cgroupId, payload);
    payload.sent += figures.sent.bytes;
    payload.received += figures.received.bytes;
  }
  return open;
}

/** To the millisecond, which is what both clocks were read to. */
function wallClockOf({ wallMs, monotonicNs }: Reading): SecondsOf {
  return (momentNs) => Math.round(wallMs - (monotonicNs - momentNs) / 1e6) / 1e3;
}
