import { MINING_SHAPE, SIGNALS, type Signal } from '../signal.ts';

/** Points hold for 15 minutes, so that the `for:` of an alert rule can elapse, and then halve every 10. */
const HOLD_SECONDS = 15 * 60;
const HALF_LIFE_SECONDS = 10 * 60;

/** Limit for weak signals without a strong one: suspicious at most. */
const WEAK_CAP = 70;
const FULL_SCORE = 100;

export interface DetectedSignal {
  readonly signal: Signal;
  /** Unix time. */
  readonly lastSeconds: number;
}

/** 1 while the signal holds, then halving. */
export function weightAt({ lastSeconds }: DetectedSignal, nowSeconds: number): number {
  const overSeconds = nowSeconds - lastSeconds - HOLD_SECONDS;
  return overSeconds <= 0 ? 1 : 0.5 ** (overSeconds / HALF_LIFE_SECONDS);
}

export function pointsAt(detected: DetectedSignal, nowSeconds: number): number {
  return SIGNALS[detected.signal].points * weightAt(detected, nowSeconds);
}

/** The signals that make up {@link MINING_SHAPE}, and the points that it adds. */
export interface ShapeMatch<Each extends DetectedSignal> {
  readonly points: number;
  /** One per signal. */
  readonly parts: readonly Each[];
}

/** Undefined if a signal of each set is missing. */
export function miningShapeAt<Each extends DetectedSignal>(
  all: readonly Each[],
  nowSeconds: number,
): ShapeMatch<Each> | undefined {
  const matches = MINING_SHAPE.anyOf.flatMap((signals): ShapeMatch<Each>[] => {
    const parts = signals.flatMap((signal) => latestOf(all, signal) ?? []);
    if (parts.length < signals.length) return [];
    const weight = Math.min(...parts.map((part) => weightAt(part, nowSeconds)));
    return [{ points: MINING_SHAPE.points * weight, parts }];
  });
  return matches.sort((a, b) => b.points - a.points)[0];
}

function latestOf<Each extends DetectedSignal>(
  all: readonly Each[],
  signal: Signal,
): Each | undefined {
  return all
    .filter((detected) => detected.signal === signal)
    .sort((a, b) => b.lastSeconds - a.lastSeconds)[0];
}

/** 0 to 100. Weak signals alone stay below the cap; a strong signal raises it by its weight. */
export function scoreAt(all: readonly DetectedSignal[], nowSeconds: number): number {
  const alone = all.reduce((points, detected) => points + pointsAt(detected, nowSeconds), 0);
  const sum = alone + (miningShapeAt(all, nowSeconds)?.points ?? 0);
  const isStrong = ({ signal }: DetectedSignal) => SIGNALS[signal].isStrong;
  const strength = Math.max(
    0,
    ...all.filter(isStrong).map((detected) => weightAt(detected, nowSeconds)),
  );
  return Math.min(sum, WEAK_CAP + (FULL_SCORE - WEAK_CAP) * strength);
}
