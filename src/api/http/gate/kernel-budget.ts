import { setTimeout as sleep } from 'node:timers/promises';
import type { KernelQueues } from './kernel-queues.ts';

/** A connection for whose client the kernel may hold bytes. */
export interface Reader {
  /** Its key in {@link KernelQueues}. */
  readonly endpoint: string;
  readonly isClosed: boolean;
  /** What the kernel may hold for it, as far as is known. */
  heldBytes: number;
}

export interface KernelBudgetOptions<T extends Reader> {
  readonly budgetBytes: number;
  /** What the kernel takes for one connection at most. */
  readonly largestBytes: number;
  readonly readers: Iterable<T>;
  readonly look: () => Promise<KernelQueues>;
  /** Closes connections that hold so many bytes together, if there are such. */
  readonly shed: (bytes: number) => void;
}

/** A client that is behind by no more than this counts as having read all. */
export const READ_BYTES = 4096;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 200;
/**
 * A look walks the kernel's whole table, which takes 5 ms of CPU or more: 2 % of one. On a busy host it
 * takes longer, and there are fewer.
 */
const LOOK_EVERY_MS = 250;
const LOOK_SHARE = 0.25;
/** Where there is no hurry, one look serves all connections that closed in a second. */
const UNHURRIED_MS = 1000;

/**
 * Bounds what the kernel holds for clients that do not read, or that send more than is read of them: up
 * to 4 MB a connection, charged to the memory of our own cgroup. For Node an answer is sent as soon as
 * the kernel has it. So it counts as held until a look at the kernel's table shows otherwise. The look
 * comes when the sum passes the budget, and before a connection is closed whose client may not have
 * read: a closed socket keeps its bytes for minutes.
 */
export class KernelBudget<T extends Reader> {
  readonly #options: KernelBudgetOptions<T>;
  #sumBytes = 0;
  #looking: Promise<void> | undefined;
  #lookBeganMs = Number.NEGATIVE_INFINITY;
  #lookTookMs = 0;

  constructor(options: KernelBudgetOptions<T>) {
    this.#options = options;
  }

  /** The kernel has taken so many bytes for a client. */
  add(reader: T, bytes: number): void {
    const heldBytes = Math.min(reader.heldBytes + bytes, this.#options.largestBytes);
    this.#sumBytes += heldBytes - reader.heldBytes;
    reader.heldBytes = heldBytes;
    if (this.isExceeded) void this.look();
  }

  /** The connection is closed. */
  remove(reader: T): void {
    this.#sumBytes -= reader.heldBytes;
    reader.heldBytes = 0;
  }

  get isExceeded(): boolean {
    return this.#sumBytes > this.#options.budgetBytes;
  }

  /** As `read`, for connections that close: a second later will do. */
  async readUnhurried(reader: T): Promise<void> {
    if (reader.heldBytes <= READ_BYTES) return;
    await sleep(UNHURRIED_MS, undefined, { ref: false });
    await this.read(reader);
  }

  /** Resolves when the client has read all but a little, or the connection is closed. */
  async read(reader: T): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!reader.isClosed && reader.heldBytes > READ_BYTES) {
      await this.look();
      if (reader.heldBytes <= READ_BYTES) return;
      await sleep(pauseMs, undefined, { ref: false });
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }

  /** Looks at what is unread; once for all who ask until it is done. */
  look(): Promise<void> {
    this.#looking ??= this.#lookWhenDue().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookWhenDue(): Promise<void> {
    const { readers, look, budgetBytes, shed } = this.#options;
    const dueMs = this.#lookBeganMs + Math.max(LOOK_EVERY_MS, this.#lookTookMs / LOOK_SHARE);
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { ref: false });
    const before = new Map([...readers].map((reader) => [reader, reader.heldBytes]));
    this.#lookBeganMs = performance.now();
    const queues = await look();
    this.#lookTookMs = performance.now() - this.#lookBeganMs;
    this.#sumBytes = 0;
    for (const reader of readers) {
      // The table may lack what was sent while it was read.
      const sentSince = reader.heldBytes - (before.get(reader) ?? 0);
      reader.heldBytes = (queues.get(reader.endpoint) ?? 0) + sentSince;
      this.#sumBytes += reader.heldBytes;
    }
    if (this.isExceeded) shed(this.#sumBytes - budgetBytes);
  }
}
