import { byteParts, timeParts } from '../../core/text/unit-parts.ts';

/** Shown for a missing value. */
export const NONE = '–';

/** "1.4GiB": without a space, so that a cell is one word. */
export function bytesText(bytes: number): string {
  return byteParts(bytes).join('');
}

const LATENCY_UNITS: readonly (readonly [unit: string, perSecond: number])[] = [
  ['µs', 1e6],
  ['ms', 1e3],
];

/** "97µs", "1.5ms", "1.25s": at most three digits. */
export function latencyText(seconds: number | undefined): string {
  if (seconds === undefined) return NONE;
  for (const [unit, perSecond] of LATENCY_UNITS) {
    const scaled = seconds * perSecond;
    if (scaled < 999.5) return `${threeDigits(scaled)}${unit}`;
  }
  return `${threeDigits(seconds)}s`;
}

function threeDigits(amount: number): string {
  return amount >= 999.5 ? amount.toFixed(0) : String(Number(amount.toPrecision(3)));
}

/** The two largest units, as kubectl writes them: "3d4h", "12m5s", "0s". */
export function ageText(seconds: number): string {
  const parts = timeParts(Math.max(0, seconds));
  return parts.map(([count, unit]) => `${count}${unit.charAt(0)}`).join('') || '0s';
}
