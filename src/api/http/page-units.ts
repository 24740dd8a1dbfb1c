import { byteParts, timeParts } from '../../core/text/unit-parts.ts';

/** "1.4 GiB". */
export function bytesText(bytes: number): string {
  return byteParts(bytes).join(' ');
}

/** The two largest units: "3 d 4 h", "12 min 5 s". Below ten seconds: "9.99 s". */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  return timeParts(seconds).flat().join(' ');
}

/** "1,234,567". */
export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}
