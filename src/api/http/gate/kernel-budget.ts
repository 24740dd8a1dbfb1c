import { setTimeout as sleep } from 'node:timers/promises';
import type { KernelQueues } from './kernel-queues.ts';

/** A connection whose client may leave bytes unread in the kernel. */
export interface Reader {
  /** Its key in {@link KernelQueues}. */
  readonly endpoint: string;
  readonly isClosed: boolean;
  /** Estimate of the bytes that the kernel holds for it. */
  heldBytes: number;
}

export interface KernelBudgetOptions<T extends Reader> {
  readonly budgetBytes: number;
  /** Maximum bytes that the kernel holds for one connection. */
  readonly largestBytes: number;
  readonly readers: Iterable<T>;
  readonly readQueues: () => Promise<KernelQueues>;
  /** Closes connections that together hold this many bytes. */
  readonly shed: (bytes: number) => void;
}

/** A client with at most this many unread bytes counts as having read everything. */
export const READ_BYTES = 4096;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 200;
/**
 * Reading the kernel's whole table takes at least 5 ms of CPU, so this interval costs 2 % of a CPU. On a
 * busy host a read takes longer, and there are fewer.
 */
const READ_EVERY_MS = 250;
const READ_SHARE = 0.25;
/** Without urgency, one read covers all connections that closed within a second. */
const UNHURRIED_MS = 1000;

/**
 * Limits the bytes that the kernel holds for clients that do not read, or that send more than is read: up
 * to 4 MB per connection, charged to the cgroup of the daemon. Node considers a response sent as soon as
 * the kernel has it, so it counts as held until the kernel's table shows otherwise. The table is read when
 * the sum exceeds the budget, and before closing a connection whose client may not have read everything: a
 * closed socket keeps its bytes for minutes.
 */
export class KernelBudget<T extends Reader> {
  readonly #options: KernelBudgetOptions<T>;
  #sumBytes = 0;
  #refreshing: Promise<void> | undefined;
  #readBeganMs = Number.NEGATIVE_INFINITY;
  #readTookMs = 0;

  constructor(options: KernelBudgetOptions<T>) {
    this.#options = options;
  }

  /** Adds bytes that the kernel has accepted for a client. */
  add(reader: T, bytes: number): void {
    const heldBytes = Math.min(reader.heldBytes + bytes, this.#options.largestBytes);
    this.#sumBytes += heldBytes - reader.heldBytes;
    reader.heldBytes = heldBytes;
    if (this.isExceeded) void this.refresh();
  }

  /** Call when the connection is closed. */
  remove(reader: T): void {
    this.#sumBytes -= reader.heldBytes;
    reader.heldBytes = 0;
  }

  get isExceeded(): boolean {
    return this.#sumBytes > this.#options.budgetBytes;
  }

  /** Like `read`, for closing connections. May resolve a second later. */
  async readUnhurried(reader: T): Promise<void> {
    if (reader.heldBytes <= READ_BYTES) return;
    await sleep(UNHURRIED_MS, undefined, { ref: false });
    await this.read(reader);
  }

  /** Resolves when the client has read nearly everything, or the connection is closed. */
  async read(reader: T): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!reader.isClosed && reader.heldBytes > READ_BYTES) {
      await this.refresh();
      if (reader.heldBytes <= READ_BYTES) return;
      await sleep(pauseMs, undefined, { ref: false });
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }

  /** Reads the table. Concurrent calls share one read. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refreshWhenDue().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refreshWhenDue(): Promise<void> {
    const { readers, readQueues, budgetBytes, shed } = this.#options;
    const dueMs = this.#readBeganMs + Math.max(READ_EVERY_MS, this.#readTookMs / READ_SHARE);
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { ref: false });
    const before = new Map([...readers].map((reader) => [reader, reader.heldBytes]));
    this.#readBeganMs = performance.now();
    const queues = await readQueues();
    this.#readTookMs = performance.now() - this.#readBeganMs;
    this.#sumBytes = 0;
    for (const reader of readers) {
      // The table may not include bytes that were sent while it was read.
      const sentSince = reader.heldBytes - (before.get(reader) ?? 0);
      reader.heldBytes = (queues.get(reader.endpoint) ?? 0) + sentSince;
      this.#sumBytes += reader.heldBytes;
    }
    if (this.isExceeded) shed(this.#sumBytes - budgetBytes);
  }
}
