import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { emptyCgroup, type Scene } from '../../lab/scene/scene.ts';
import type { PeerClass } from '../../src/core/flow/peer-class.ts';
import { Ledger } from '../../src/core/ledger/ledger.ts';
import { MiningJudge } from '../../src/core/mining/mining-judge.ts';
import { type Finding, VERDICTS } from '../../src/core/mining/verdict/finding.ts';
import { noNames } from '../../src/core/place/pod-name.ts';
import { runTick, type TickSteps } from '../../src/core/tick.ts';
import { decodeReading, KernelTables } from '../../src/kernel/tables/kernel-tables.ts';
import { peerClassifier } from '../../src/workloads/peer-classifier.ts';
import { Peaks, signalsIn } from './peaks.ts';
import { type PodTape, PodTapeRecorder } from './pod-tape.ts';
import type { Outcome, Scenario } from './scenario.ts';

/** The default interval of the daemon. */
const INTERVAL_MS = 5000;

interface Trial extends Outcome {
  readonly pod: string;
  readonly cgroup: string;
  readonly cgroupId: number;
  readonly peaks: Peaks;
  readonly tape: PodTape;
  readonly beganMs: number;
  foundSeconds: number | undefined;
}

/** Runs scenarios side by side, each in its own pod, with the ledger and the judges of the daemon. */
export class Watch {
  readonly #scene: Scene;
  readonly #tables: KernelTables;
  readonly #steps: TickSteps = {
    nodeName: 'bench',
    ledger: new Ledger(),
    judges: [new MiningJudge()],
  };
  readonly #recorder = new PodTapeRecorder();
  readonly #classOf = emulatedClasses;
  readonly #pathById = new Map<number, string>();
  #pods = 0;
  /** Scheduling slices of benign programs. */
  benignSlices = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#tables = new KernelTables(scene.options.bpffs);
  }

  async run(scenarios: readonly Scenario[], signal: AbortSignal): Promise<Outcome[]> {
    await using stack = new AsyncDisposableStack();
    await this.#tick();
    const trials = scenarios.map((scenario) => this.#open(scenario));
    const beginnings = trials.map((trial) => this.#begin(trial, stack));
    try {
      const begun = Promise.all(beginnings);
      await Promise.all([begun, this.#tickBeside(begun, trials, signal)]);
    } finally {
      // A scenario that is still starting could not be stopped.
      await Promise.allSettled(beginnings);
    }
    for (const { scenario, pod, cgroupId } of trials) {
      if (scenario.expected === 'nothing') this.benignSlices += this.#slicesOf(pod);
      this.#recorder.end(cgroupId);
    }
    return trials;
  }

  #open(scenario: Scenario): Trial {
    const pod = `pod-${++this.#pods}`;
    const cgroup = this.#scene.makeCgroup(pod);
    const cgroupId = statSync(cgroup).ino;
    this.#pathById.set(cgroupId, `/bench/${pod}`);
    const tape = this.#recorder.begin(cgroupId);
    const beganMs = performance.now();
    const peaks = new Peaks();
    return { scenario, pod, cgroup, cgroupId, peaks, tape, beganMs, foundSeconds: undefined };
  }

  async #begin({ scenario, cgroup }: Trial, stack: AsyncDisposableStack): Promise<void> {
    // Its child processes may outlive it.
    stack.defer(() => emptyCgroup(cgroup));
    const begun = scenario.begin(cgroup).catch((cause: unknown) => {
      throw new Error(`${scenario.family}, ${scenario.what}: did not begin`, { cause });
    });
    stack.use(await begun);
  }

  /** Ticks while the scenarios start, and until the longest of them ends. */
  async #tickBeside(
    begun: Promise<unknown>,
    trials: readonly Trial[],
    signal: AbortSignal,
  ): Promise<void> {
    const lastMs = 1000 * Math.max(...trials.map(({ scenario }) => scenario.seconds));
    let endMs = Number.POSITIVE_INFINITY;
    const watchFromNow = () => {
      endMs = performance.now() + lastMs;
    };
    begun.then(watchFromNow, () => {
      endMs = 0;
    });
    do {
      await sleep(INTERVAL_MS, undefined, { signal });
      note(trials, await this.#tick());
    } while (performance.now() < endMs);
  }

  #slicesOf(pod: string): number {
    const { waitHistogram } = this.#scene.usageOf(join(this.#scene.cgroup, pod)).cpu;
    return waitHistogram.reduce((sum, count) => sum + count, 0);
  }

  async #tick(): Promise<readonly Finding[]> {
    await this.#tables.begin();
    const reading = decodeReading(await this.#tables.read());
    this.#recorder.record(reading);
    const { snapshot } = runTick(this.#steps, reading, {
      pathOf: (id) => this.#pathById.get(id),
      names: noNames,
      throttledNsOf: () => undefined,
      classOf: this.#classOf,
    });
    await this.#tables.acknowledge();
    return snapshot.findings;
  }
}

function note(trials: readonly Trial[], findings: readonly Finding[]): void {
  const nowSeconds = Date.now() / 1e3;
  for (const trial of trials) {
    const finding = findings.find(({ pod }) => pod === trial.pod);
    if (!finding) continue;
    const score = trial.peaks.note(signalsIn(finding.evidence), nowSeconds);
    if (score >= wantedScore(trial.scenario))
      trial.foundSeconds ??= (performance.now() - trial.beganMs) / 1000;
  }
}

/** For benign scenarios: a score from suspicious on is a false positive. */
export function wantedScore({ expected }: Pick<Scenario, 'expected'>): number {
  return VERDICTS[expected === 'mining' ? 'mining' : 'suspicious'];
}

const classes = peerClassifier({});

/** The network of the emulators counts as the internet. */
function emulatedClasses(address: string): PeerClass {
  return address.startsWith('198.18.') ? 'internet' : classes(address);
}
