/** Shown in place of what there is none of. */
export const NONE = '–';

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** "1.4GiB": without a space, so that a column stays one word. */
export function bytesText(bytes: number): string {
  let unit = 0;
  let scaled = bytes;
  // What would be rounded to 1024 is one of the next unit.
  while (scaled >= (unit === 0 ? 1024 : 1023.5) && unit < BYTE_UNITS.length - 1) {
    scaled /= 1024;
    unit++;
  }
  const digits = unit === 0 || scaled >= 99.95 ? 0 : 1;
  return `${scaled.toFixed(digits)}${BYTE_UNITS[unit]}`;
}

const LATENCY_UNITS: readonly (readonly [unit: string, perSecond: number])[] = [
  ['µs', 1e6],
  ['ms', 1e3],
];

/** "97µs", "1.5ms", "1.25s": three digits at most. */
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

const SECONDS_PER: readonly (readonly [unit: string, seconds: number])[] = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
];

/** The two largest units, as kubectl writes them: "3d4h", "12m5s", "0s". */
export function ageText(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [unit, length] of SECONDS_PER) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0 || parts.length > 0) parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 2).join('') || '0s';
}
