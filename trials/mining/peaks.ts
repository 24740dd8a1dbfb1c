import { SIGNAL_NAMES, type Signal } from '../../src/core/mining/signal.ts';
import type { Evidence } from '../../src/core/mining/verdict/finding.ts';
import { type Heard, scoreAt } from '../../src/core/mining/verdict/score.ts';

/** What of a finding's evidence are signals: combinations follow from them. */
export function heardOf(evidence: readonly Evidence[]): Heard[] {
  return evidence.flatMap(({ signal, lastSeconds }) =>
    isSignal(signal) ? [{ signal, lastSeconds }] : [],
  );
}

function isSignal(name: string): name is Signal {
  return SIGNAL_NAMES.some((signal) => signal === name);
}

/** The highest score of a pod, and what it had been without each of the signals. */
export class Peaks {
  #score = 0;
  #signals: readonly Signal[] = [];
  readonly #withoutBySignal = new Map<Signal, number>();

  get score(): number {
    return this.#score;
  }

  /** What was heard at the peak, the latest of them. */
  get signals(): readonly Signal[] {
    return this.#signals;
  }

  without(signal: Signal): number {
    return this.#withoutBySignal.get(signal) ?? this.#score;
  }

  /** Returns the score now, by the rules that the daemon has. */
  note(heard: readonly Heard[], nowSeconds: number): number {
    if (heard.length === 0) return 0;
    const score = Math.round(scoreAt(heard, nowSeconds));
    for (const signal of SIGNAL_NAMES) {
      const others = heard.filter((each) => each.signal !== signal);
      const alone = others.length < heard.length ? Math.round(scoreAt(others, nowSeconds)) : score;
      this.#withoutBySignal.set(signal, Math.max(alone, this.#withoutBySignal.get(signal) ?? 0));
    }
    if (score >= this.#score) {
      this.#score = score;
      this.#signals = heard.map(({ signal }) => signal);
    }
    return score;
  }
}
