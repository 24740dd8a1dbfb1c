const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** An amount of bytes and its unit: ["1.4", "GiB"]. At most three digits below 1,000. */
export function byteParts(bytes: number): readonly [amount: string, unit: string] {
  let unit = 0;
  let scaled = bytes;
  // A value that would be rounded to 1024 uses the next unit.
  while (scaled >= (unit === 0 ? 1024 : 1023.5) && unit < BYTE_UNITS.length - 1) {
    scaled /= 1024;
    unit++;
  }
  const digits = unit === 0 || scaled >= 99.95 ? 0 : 1;
  return [scaled.toFixed(digits), BYTE_UNITS[unit] ?? ''];
}

const SECONDS_PER = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

export type TimeUnit = (typeof SECONDS_PER)[number][0];

/** The two largest units of a duration, to the second: [[3, "d"], [4, "h"]]. Empty for zero. */
export function timeParts(seconds: number): readonly (readonly [count: number, unit: TimeUnit])[] {
  let rest = Math.round(seconds);
  const parts: (readonly [number, TimeUnit])[] = [];
  for (const [unit, length] of SECONDS_PER) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0 || parts.length > 0) parts.push([count, unit]);
  }
  return parts.slice(0, 2);
}
