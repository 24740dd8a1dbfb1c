import { SIGNAL_NAMES, type Signal } from '../../src/core/mining/signal.ts';
import type { Evidence } from '../../src/core/mining/verdict/finding.ts';
import { type DetectedSignal, scoreAt } from '../../src/core/mining/verdict/score.ts';

/** The signals in the evidence, without combinations, which follow from them. */
export function signalsIn(evidence: readonly Evidence[]): DetectedSignal[] {
  return evidence.flatMap(({ signal, lastSeconds }) =>
    isSignal(signal) ? [{ signal, lastSeconds }] : [],
  );
}

function isSignal(name: string): name is Signal {
  return SIGNAL_NAMES.some((signal) => signal === name);
}

/** The highest score of a pod, and its highest score without each signal. */
export class Peaks {
  #score = 0;
  #signals: readonly Signal[] = [];
  readonly #withoutBySignal = new Map<Signal, number>();

  get score(): number {
    return this.#score;
  }

  /** The signals at the latest peak. */
  get signals(): readonly Signal[] {
    return this.#signals;
  }

  without(signal: Signal): number {
    return this.#withoutBySignal.get(signal) ?? this.#score;
  }

  /** Returns the current score, by the rules of the daemon. */
  note(detected: readonly DetectedSignal[], nowSeconds: number): number {
    if (detected.length === 0) return 0;
    const score = Math.round(scoreAt(detected, nowSeconds));
    for (const signal of SIGNAL_NAMES) {
      const others = detected.filter((each) => each.signal !== signal);
      const alone =
        others.length < detected.length ? Math.round(scoreAt(others, nowSeconds)) : score;
      this.#withoutBySignal.set(signal, Math.max(alone, this.#withoutBySignal.get(signal) ?? 0));
    }
    if (score >= this.#score) {
      this.#score = score;
      this.#signals = detected.map(({ signal }) => signal);
    }
    return score;
  }
}
