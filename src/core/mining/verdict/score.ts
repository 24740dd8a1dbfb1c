import { SIGNALS, type Signal } from '../signal.ts';
import { COMBINATIONS, type Combination } from './combination.ts';

/** Points hold for 15 minutes, so that the `for:` of an alert rule can elapse, and then halve every 10. */
const HOLD_SECONDS = 15 * 60;
const HALF_LIFE_SECONDS = 10 * 60;

/** Limit for weak signals without a strong one: suspicious at most. */
const WEAK_CAP = 70;
const FULL_SCORE = 100;

export interface Heard {
  readonly signal: Signal;
  /** Unix time. */
  readonly lastSeconds: number;
}

/** 1 while the signal holds, then halving. */
export function weightAt({ lastSeconds }: Heard, nowSeconds: number): number {
  const overSeconds = nowSeconds - lastSeconds - HOLD_SECONDS;
  return overSeconds <= 0 ? 1 : 0.5 ** (overSeconds / HALF_LIFE_SECONDS);
}

export function pointsAt(heard: Heard, nowSeconds: number): number {
  return SIGNALS[heard.signal].points * weightAt(heard, nowSeconds);
}

/** A combination that is present, and the points that it adds. */
export interface Together<Each extends Heard> {
  readonly combination: Combination;
  readonly points: number;
  /** One per signal. */
  readonly parts: readonly Each[];
}

export function togetherAt<Each extends Heard>(
  all: readonly Each[],
  nowSeconds: number,
): Together<Each>[] {
  return COMBINATIONS.flatMap((combination) => {
    const made = combination.anyOf.flatMap((signals): Together<Each>[] => {
      const parts = signals.flatMap((signal) => latestOf(all, signal) ?? []);
      if (parts.length < signals.length) return [];
      const weight = Math.min(...parts.map((part) => weightAt(part, nowSeconds)));
      return [{ combination, points: combination.points * weight, parts }];
    });
    const [heaviest] = made.sort((a, b) => b.points - a.points);
    return heaviest ?? [];
  });
}

function latestOf<Each extends Heard>(all: readonly Each[], signal: Signal): Each | undefined {
  return all
    .filter((heard) => heard.signal === signal)
    .sort((a, b) => b.lastSeconds - a.lastSeconds)[0];
}

/** 0 to 100. Weak signals alone stay below the cap; a strong signal raises it by its weight. */
export function scoreAt(all: readonly Heard[], nowSeconds: number): number {
  const alone = all.reduce((points, heard) => points + pointsAt(heard, nowSeconds), 0);
  const sum = togetherAt(all, nowSeconds).reduce((points, each) => points + each.points, alone);
  const isStrong = ({ signal }: Heard) => SIGNALS[signal].isStrong;
  const strength = Math.max(0, ...all.filter(isStrong).map((heard) => weightAt(heard, nowSeconds)));
  return Math.min(sum, WEAK_CAP + (FULL_SCORE - WEAK_CAP) * strength);
}
