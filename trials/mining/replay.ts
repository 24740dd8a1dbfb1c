import { Ledger } from '../../src/core/ledger/ledger.ts';
import { MiningJudge } from '../../src/core/mining/mining-judge.ts';
import { type Finding, VERDICTS } from '../../src/core/mining/verdict/finding.ts';
import { noNames } from '../../src/core/place/pod-name.ts';
import { reading } from '../../src/core/reading/reading.fixture.ts';
import { randomFrom, spread } from '../../src/core/seeded-random.ts';
import { runTick, type TickSteps } from '../../src/core/tick.ts';
import type { PodTape } from './pod-tape.ts';
import { Numbers, ReplayedPod } from './replayed-pod.ts';
import { TICK_SECONDS } from './traces/flow-trace.ts';

/** Pods per simulated node. */
const PODS = 100;
/** First cgroup id and usage slot; lower slots are reserved. */
const FIRST_ID = 100;
const BEGIN_SECONDS = 1000;

/** The result of a replay. */
export interface Replayed {
  readonly podHours: number;
  /** How often a pod became suspicious, and how often mining. */
  readonly suspicions: number;
  readonly alerts: number;
}

export interface ReplayOptions {
  readonly podHours: number;
  /** Lifetime of a pod. */
  readonly hoursEach?: number;
  /** Whether each pod plays one tape only, in turn. */
  readonly isApart?: boolean;
}

/** Replays tapes in simulated time, to nodes with a ledger and a judge each. */
export function replay(
  tapes: readonly PodTape[],
  { podHours, hoursEach = 10, isApart = false }: ReplayOptions,
): Replayed {
  let left = podHours;
  const sum = { podHours: 0, suspicions: 0, alerts: 0 };
  for (let node = 1; left > 0; node++) {
    const pods = Math.min(PODS, Math.ceil(left / hoursEach));
    const hours = Math.min(hoursEach, left);
    const replayed = replayNode(tapes, { pods, hours, seed: node, isApart });
    left -= replayed.podHours;
    sum.podHours += replayed.podHours;
    sum.suspicions += replayed.suspicions;
    sum.alerts += replayed.alerts;
  }
  return sum;
}

interface Node {
  readonly pods: number;
  readonly hours: number;
  readonly seed: number;
  readonly isApart: boolean;
}

function replayNode(
  tapes: readonly PodTape[],
  { pods: count, hours, seed, isApart }: Node,
): Replayed {
  const steps = { nodeName: 'replay', ledger: new Ledger(), judges: [new MiningJudge()] };
  const source = { random: randomFrom(spread(seed)), flowSlots: new Numbers(1) };
  const sequence = new Numbers(1);
  const pods = Array.from({ length: count }, (_, i) => {
    const own = isApart ? tapes.slice(i % tapes.length).slice(0, 1) : tapes;
    return new ReplayedPod(FIRST_ID + i, own, source);
  });
  const rises = new Rises();
  const ticks = Math.round((hours * 3600) / TICK_SECONDS);
  for (let tick = 1; tick <= ticks; tick++) {
    const seconds = BEGIN_SECONDS + tick * TICK_SECONDS;
    for (const pod of pods) pod.advance(seconds * 1e9);
    rises.observe(findingsOf(steps, pods, { seconds, sequence }));
  }
  const { suspicions, alerts } = rises;
  return { podHours: count * hours, suspicions, alerts };
}

function findingsOf(
  steps: TickSteps,
  pods: readonly ReplayedPod[],
  { seconds, sequence }: { readonly seconds: number; readonly sequence: Numbers },
): readonly Finding[] {
  const usage = pods.map((pod) => pod.usage);
  const shown = reading(usage, {
    wallMs: seconds * 1e3,
    monotonicNs: seconds * 1e9,
    footprint: pods.flatMap((pod) => pod.footprints),
    clue: pods.flatMap((pod) => pod.cluesBy(sequence)),
    flow: pods.flatMap((pod) => pod.flows),
    connection: pods.flatMap((pod) => pod.connections),
  });
  const { snapshot } = runTick(steps, shown, {
    pathOf: (cgroupId) => `/replay/pod-${cgroupId}`,
    names: noNames,
    throttledNsOf: () => undefined,
    classOf: () => 'internet',
  });
  return snapshot.findings;
}

/** Counts how often the score of a pod reaches a threshold. */
class Rises {
  #suspicious: ReadonlySet<string> = new Set();
  #mining: ReadonlySet<string> = new Set();
  suspicions = 0;
  alerts = 0;

  observe(findings: readonly Finding[]): void {
    const suspicious = podsFrom(findings, VERDICTS.suspicious);
    const mining = podsFrom(findings, VERDICTS.mining);
    this.suspicions += newIn(suspicious, this.#suspicious);
    this.alerts += newIn(mining, this.#mining);
    this.#suspicious = suspicious;
    this.#mining = mining;
  }
}

function podsFrom(findings: readonly Finding[], score: number): ReadonlySet<string> {
  return new Set(findings.flatMap((finding) => (finding.score >= score ? finding.pod : [])));
}

function newIn(pods: ReadonlySet<string>, before: ReadonlySet<string>): number {
  return [...pods].filter((pod) => !before.has(pod)).length;
}
