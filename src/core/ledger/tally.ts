/** Connections and payload of flows. */
export interface Tally {
  /** Established ones. */
  connections: number;
  sentBytes: number;
  receivedBytes: number;
}

export function noTally(): Tally {
  return { connections: 0, sentBytes: 0, receivedBytes: 0 };
}

export function clearTally(tally: Tally): void {
  tally.connections = 0;
  tally.sentBytes = 0;
  tally.receivedBytes = 0;
}

export function addTally(part: Readonly<Tally>, into: Tally): void {
  into.connections += part.connections;
  into.sentBytes += part.sentBytes;
  into.receivedBytes += part.receivedBytes;
}

/** Writes what is above `before`, and returns whether any figure is. */
export function writeGrowth(now: Readonly<Tally>, before: Readonly<Tally>, into: Tally): boolean {
  into.connections = Math.max(0, now.connections - before.connections);
  into.sentBytes = Math.max(0, now.sentBytes - before.sentBytes);
  into.receivedBytes = Math.max(0, now.receivedBytes - before.receivedBytes);
  return hasAny(into);
}

/** Lowers each figure to at most that of the limit, and returns whether any remains. */
export function limitTally(tally: Tally, limit: Readonly<Tally>): boolean {
  tally.connections = Math.min(tally.connections, limit.connections);
  tally.sentBytes = Math.min(tally.sentBytes, limit.sentBytes);
  tally.receivedBytes = Math.min(tally.receivedBytes, limit.receivedBytes);
  return hasAny(tally);
}

function hasAny({ connections, sentBytes, receivedBytes }: Readonly<Tally>): boolean {
  return connections > 0 || sentBytes > 0 || receivedBytes > 0;
}
