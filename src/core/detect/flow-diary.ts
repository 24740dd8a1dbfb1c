import type { Moments } from './flow-rhythm.ts';
import type { OutboundFlow } from './outbound.ts';

/** A moment is a tick, or several: shorter ones would tear questions from their answers. */
const LEAST_SECONDS = 4;
/** Eight minutes at the default interval. */
export const MOST_MOMENTS = 96;

type Carried = Pick<OutboundFlow, 'sentBytes' | 'receivedBytes' | 'established' | 'openNow'>;

/** What a flow carried, moment by moment, the latest of them. */
export class FlowDiary {
  readonly #sent: number[] = [];
  readonly #received: number[] = [];
  readonly #established: number[] = [];
  #before: Carried;
  #fromSeconds: number;
  #closed = 0;

  constructor(flow: Carried, seconds: number) {
    this.#before = flow;
    this.#fromSeconds = seconds;
  }

  /** So many moments in a row nothing was open. */
  get closed(): number {
    return this.#closed;
  }

  get moments(): Moments {
    return { sent: this.#sent, received: this.#received };
  }

  /** Connections that were established in that time. */
  get reconnects(): number {
    return this.#established.reduce((sum, each) => sum + each, 0);
  }

  /** True where that ended a moment. */
  note({ sentBytes, receivedBytes, established, openNow }: Carried, seconds: number): boolean {
    const elapsed = seconds - this.#fromSeconds;
    if (elapsed >= 0 && elapsed < LEAST_SECONDS) return false;
    this.#fromSeconds = seconds;
    const before = this.#before;
    // A connection that ends between two tables is missing for a tick: what comes back is not new.
    const now = {
      sentBytes: Math.max(before.sentBytes, sentBytes),
      receivedBytes: Math.max(before.receivedBytes, receivedBytes),
      established,
      openNow,
    };
    keep(this.#sent, now.sentBytes - before.sentBytes);
    keep(this.#received, now.receivedBytes - before.receivedBytes);
    keep(this.#established, established - before.established);
    this.#before = now;
    this.#closed = openNow === 0 ? this.#closed + 1 : 0;
    return true;
  }
}

function keep(all: number[], latest: number): void {
  all.push(latest);
  if (all.length > MOST_MOMENTS) all.shift();
}
