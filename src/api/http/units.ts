const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** "1.4 GiB". */
export function bytesText(bytes: number): string {
  let unit = 0;
  let scaled = bytes;
  while (scaled >= 1024 && unit < BYTE_UNITS.length - 1) {
    scaled /= 1024;
    unit++;
  }
  const digits = unit === 0 || scaled >= 100 ? 0 : 1;
  return `${scaled.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

const SECONDS_PER: readonly (readonly [string, number])[] = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
];

/** The two largest units: "3 d 4 h", "12 min 5 s"; below ten seconds with hundredths. */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, length] of SECONDS_PER) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0 || parts.length > 0) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 2).join(' ');
}

/** "1,234,567". */
export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}
