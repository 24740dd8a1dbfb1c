import { flowRow, openConnection } from '../../src/core/flow/flow-record.fixture.ts';
import type { FlowRecord, OpenConnection } from '../../src/core/flow/flow-record.ts';
import { type Attribution, Ledger } from '../../src/core/ledger/ledger.ts';
import { MiningJudge } from '../../src/core/mining/mining-judge.ts';
import { type Finding, VERDICTS } from '../../src/core/mining/verdict/finding.ts';
import { noNames } from '../../src/core/place/pod-name.ts';
import { reading, row } from '../../src/core/reading/reading.fixture.ts';
import type { CgroupUsage, Reading } from '../../src/core/reading/reading.ts';
import { runTick } from '../../src/core/tick.ts';
import { Peaks, signalsIn } from './peaks.ts';
import { FlowTrace, TICK_SECONDS } from './traces/flow-trace.ts';
import type { LoadKind } from './traces/load-traces.ts';
import type { FlowKind } from './traces/pool-traces.ts';

/** Pods per watch: a full node, and fewer than a case book holds. */
const PODS = 250;
const BEGIN_SECONDS = 1000;
/** First cgroup id and usage slot; lower slots are reserved. */
const FIRST_ID = 100;
/** The limits of the detectors were chosen with lower seeds, so these are independent. */
const FIRST_SEED = 1_000_000;

export interface ShapeKind {
  readonly flow: FlowKind;
  readonly load: LoadKind;
}

/** Result for one pod, from the detectors of the daemon. */
export interface ShapeOutcome {
  /** Time until its connection was detected; undefined if it never was. */
  readonly flowSeconds: number | undefined;
  readonly suspiciousSeconds: number | undefined;
  /** How often it became suspicious. */
  readonly alarms: number;
  readonly peaks: Pick<Peaks, 'score' | 'without'>;
}

/** Simulates `runs` pods of one kind, each with its own seed. */
export function watchKind(kind: ShapeKind, runs: number, seconds: number): ShapeOutcome[] {
  const outcomes: ShapeOutcome[] = [];
  for (let first = 0; first < runs; first += PODS) {
    const count = Math.min(PODS, runs - first);
    const pods = Array.from(
      { length: count },
      (_, i) => new Pod(kind, FIRST_ID + i, FIRST_SEED + first + i, seconds),
    );
    watchPods(pods, seconds);
    outcomes.push(...pods);
  }
  return outcomes;
}

function watchPods(pods: readonly Pod[], seconds: number): void {
  const steps = { nodeName: 'trial', ledger: new Ledger(), judges: [new MiningJudge()] };
  for (let tick = 0; tick < seconds / TICK_SECONDS; tick++) {
    const now = BEGIN_SECONDS + (tick + 1) * TICK_SECONDS;
    for (const pod of pods) pod.advance(tick);
    const { snapshot } = runTick(steps, readingOf(pods, now), ATTRIBUTION);
    const byPod = new Map(snapshot.findings.map((finding) => [finding.pod, finding]));
    for (const pod of pods) {
      pod.note(now, byPod.get(`pod-${pod.cgroupId}`));
    }
  }
}

const ATTRIBUTION: Attribution = {
  pathOf: (cgroupId) => `/trial/pod-${cgroupId}`,
  names: noNames,
  throttledNsOf: () => undefined,
  classOf: () => 'internet',
};

function readingOf(pods: readonly Pod[], seconds: number): Reading {
  return reading(
    pods.map((pod) => pod.usage),
    {
      wallMs: seconds * 1e3,
      monotonicNs: seconds * 1e9,
      flow: pods.map((pod) => pod.flow),
      connection: pods.flatMap((pod) => pod.connections),
    },
  );
}

const FLOW_SIGNALS: ReadonlySet<string> = new Set(['pool_flow', 'pool_beacon']);

/** The kernel's rows for one simulated pod. */
class Pod implements ShapeOutcome {
  readonly cgroupId: number;
  readonly #trace: FlowTrace;
  readonly #usage: CgroupUsage;
  readonly #flow: FlowRecord;
  readonly #connection: OpenConnection;
  #sent = { bytes: 0, segments: 0 };
  #received = { bytes: 0, segments: 0 };
  #established = 0;
  #failures = 0;
  #openNow = 0;
  #tirelessNs = 0;
  #isSuspicious = false;
  flowSeconds: number | undefined;
  suspiciousSeconds: number | undefined;
  alarms = 0;
  readonly peaks = new Peaks();

  constructor({ flow, load }: ShapeKind, cgroupId: number, seed: number, seconds: number) {
    this.cgroupId = cgroupId;
    this.#trace = new FlowTrace(seconds, seed);
    load(this.#trace);
    flow(this.#trace);
    this.#trace.close();
    const identity = { slot: cgroupId, bornNs: BEGIN_SECONDS * 1e9 };
    this.#usage = row({ cgroupId });
    this.#flow = flowRow({ ...identity, cgroupId });
    this.#connection = openConnection(0, {
      cgroupId,
      flowSlot: identity.slot,
      flowBornNs: identity.bornNs,
    });
  }

  advance(tick: number): void {
    const figures = this.#trace.at(tick);
    const { bytes, segments } = this.#sent;
    this.#sent = {
      bytes: bytes + figures.sentBytes,
      segments: segments + figures.sentSegments,
    };
    this.#received = {
      bytes: this.#received.bytes + figures.receivedBytes,
      segments: this.#received.segments + figures.receivedSegments,
    };
    this.#established += figures.established;
    this.#failures += figures.failures;
    this.#openNow = figures.openNow;
    this.#tirelessNs += Math.round(this.#trace.cpuOf(tick) * TICK_SECONDS * 1e9);
  }

  get usage(): CgroupUsage {
    const { cpu } = this.#usage;
    const busy = { oncpuNs: this.#tirelessNs, tirelessNs: this.#tirelessNs };
    return { ...this.#usage, cpu: { ...cpu, ...busy } };
  }

  get flow(): FlowRecord {
    const { counts } = this.#flow;
    const attempts = { established: this.#established, failures: this.#failures };
    return { ...this.#flow, counts: { ...counts, ...attempts } };
  }

  get connections(): OpenConnection[] {
    const figures = { sent: this.#sent, received: this.#received, retransmits: 0 };
    const idle = this.#connection;
    return Array.from({ length: this.#openNow }, (_, i) => (i === 0 ? { ...idle, figures } : idle));
  }

  note(now: number, finding: Finding | undefined): void {
    const seconds = now - BEGIN_SECONDS;
    const detected = signalsIn(finding?.evidence ?? []);
    const isSuspicious = this.peaks.note(detected, now) >= VERDICTS.suspicious;
    if (detected.some(({ signal }) => FLOW_SIGNALS.has(signal))) this.flowSeconds ??= seconds;
    if (isSuspicious) this.suspiciousSeconds ??= seconds;
    if (isSuspicious && !this.#isSuspicious) this.alarms += 1;
    this.#isSuspicious = isSuspicious;
  }
}
