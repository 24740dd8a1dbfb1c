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
const CALM = { everyMs: 250, share: 0.25 };
/** While requests wait for it. */
const HURRIED = { everyMs: 50, share: 0.5 };
/** As many budgets are held at most, by those who read slowly and those who are yet to be looked at. */
const FULL = 2;
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
  /** Those that wait for room, the newest last. */
  readonly #waiting: (() => void)[] = [];
  #sumBytes = 0;
  /** The largest that was handed to the kernel lately: what the next answer may add. */
  #answerBytes = 0;
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
    this.#answerBytes = Math.max(this.#answerBytes, bytes);
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

  /** Whether there is no room for another answer, even to a client that has read all. */
  get isFull(): boolean {
    return this.#sumBytes + this.#answerBytes > FULL * this.#options.budgetBytes;
  }

  /** Resolves when there is room for an answer; the newest request is the first. */
  room(): Promise<void> {
    if (!this.isFull) return Promise.resolve();
    const hasRoom = new Promise<void>((resolve) => this.#waiting.push(resolve));
    void this.look();
    return hasRoom;
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
    const { everyMs, share } = this.#waiting.length > 0 ? HURRIED : CALM;
    const dueMs = this.#lookBeganMs + Math.max(everyMs, this.#lookTookMs / share);
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
    this.#letIn();
  }

  #letIn(): void {
    const { budgetBytes } = this.#options;
    let bytes = this.#sumBytes;
    while (this.#waiting.length > 0 && bytes + this.#answerBytes <= FULL * budgetBytes) {
      bytes += this.#answerBytes;
      this.#waiting.pop()?.();
    }
    // One look is under way until this one is done.
    if (this.#waiting.length > 0) setImmediate(() => void this.look());
    else this.#answerBytes = 0;
  }
}
