import type { Occupant } from './address-group.ts';
import { READ_BYTES, type Reader } from './kernel-budget.ts';

/** How much to free. */
export interface Excess {
  readonly bytes: number;
  /** A client that has had its response for less time may still be reading it. */
  readonly leastMs: number;
}

/**
 * Slow readers for which the kernel together holds the given number of bytes, or all slow readers. The
 * address with the most bytes comes first.
 */
export function heaviest<T extends Occupant & Reader>(
  connections: Iterable<T>,
  { bytes, leastMs }: Excess,
  nowMs: number = performance.now(),
): T[] {
  const slow = [...connections].filter(
    (each) => each.heldBytes > READ_BYTES && (each.waitedMs(nowMs) ?? -1) >= leastMs,
  );
  const heldBy = new Map<string, number>();
  const heldFor = ({ address }: T) => heldBy.get(address) ?? 0;
  for (const each of slow) heldBy.set(each.address, heldFor(each) + each.heldBytes);
  slow.sort((a, b) => heldFor(b) - heldFor(a) || b.heldBytes - a.heldBytes);
  const chosen: T[] = [];
  for (let left = bytes; left > 0; left -= chosen.at(-1)?.heldBytes ?? left) {
    const next = slow[chosen.length];
    if (next === undefined) break;
    chosen.push(next);
  }
  return chosen;
}
