import type { Moments } from './flow-rhythm.ts';
import type { OutboundFlow } from './outbound.ts';

/** A moment is one or more ticks. Shorter moments would separate questions from their replies. */
const LEAST_SECONDS = 4;
/** Eight minutes at the default interval. */
export const MOST_MOMENTS = 96;

type Carried = Pick<OutboundFlow, 'sentBytes' | 'receivedBytes' | 'established' | 'openNow'>;

/** Offsets of the figures of a moment, and their number. */
const [SENT, RECEIVED, ESTABLISHED, KEPT] = [0, 1, 2, 3];

/** Bytes that a flow sent and received in each of its latest moments. */
export class FlowDiary {
  /** Updated in place, because new arrays for thousands of diaries would dominate the cost of a tick. */
  readonly #figures = new Float64Array(MOST_MOMENTS * KEPT);
  #noted = 0;
  #sentBytes: number;
  #receivedBytes: number;
  #established: number;
  #fromSeconds: number;
  #closed = 0;
  #reconnects = 0;

  constructor({ sentBytes, receivedBytes, established }: Carried, seconds: number) {
    this.#sentBytes = sentBytes;
    this.#receivedBytes = receivedBytes;
    this.#established = established;
    this.#fromSeconds = seconds;
  }

  /** Consecutive moments without an open connection. */
  get closed(): number {
    return this.#closed;
  }

  get length(): number {
    return Math.min(this.#noted, MOST_MOMENTS);
  }

  get moments(): Moments {
    return { sent: this.#latest(SENT), received: this.#latest(RECEIVED) };
  }

  /** Connections established within the diary. */
  get reconnects(): number {
    return this.#reconnects;
  }

  /** Returns true if this ended a moment. */
  note({ sentBytes, receivedBytes, established, openNow }: Carried, seconds: number): boolean {
    const elapsed = seconds - this.#fromSeconds;
    if (elapsed >= 0 && elapsed < LEAST_SECONDS) return false;
    this.#fromSeconds = seconds;
    // A connection that ends between the reads of two tables is missing for one tick. Its bytes are not new.
    const sent = Math.max(this.#sentBytes, sentBytes);
    const received = Math.max(this.#receivedBytes, receivedBytes);
    const at = (this.#noted % MOST_MOMENTS) * KEPT;
    this.#figures[at + SENT] = sent - this.#sentBytes;
    this.#figures[at + RECEIVED] = received - this.#receivedBytes;
    this.#reconnects += established - this.#established - (this.#figures[at + ESTABLISHED] ?? 0);
    this.#figures[at + ESTABLISHED] = established - this.#established;
    this.#noted++;
    this.#sentBytes = sent;
    this.#receivedBytes = received;
    this.#established = established;
    this.#closed = openNow === 0 ? this.#closed + 1 : 0;
    return true;
  }

  /** One figure of all moments, oldest first. */
  #latest(figure: number): number[] {
    const { length } = this;
    const latest = new Array<number>(length);
    for (let i = 0; i < length; i++) {
      const moment = (this.#noted - length + i) % MOST_MOMENTS;
      latest[i] = this.#figures[moment * KEPT + figure] ?? 0;
    }
    return latest;
  }
}
