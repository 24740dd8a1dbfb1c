import type { WatchStatus } from '../../../core/self/watch-status.ts';

type Counts = { success: number; error: number };

/** The status of a reflector. */
export class WatchRecord implements WatchStatus {
  readonly resource: string;
  readonly #table: { readonly size: number; readonly leftOut: number };
  readonly lists: Counts = { success: 0, error: 0 };
  readonly watches: Counts = { success: 0, error: 0 };
  isUp = false;
  lastHeardMs: number | undefined;
  malformed = 0;
  trouble: string | undefined = 'not connected yet';

  constructor(resource: string, table: { readonly size: number; readonly leftOut: number }) {
    this.resource = resource;
    this.#table = table;
  }

  get objects(): number {
    return this.#table.size;
  }

  get leftOut(): number {
    return this.#table.leftOut;
  }

  hear(): void {
    this.lastHeardMs = Date.now();
  }

  fail(err: unknown): void {
    this.isUp = false;
    this.trouble = err instanceof Error ? err.message : String(err);
  }

  /** Counts the outcome. */
  async count<R>(outcomes: Counts, act: () => Promise<R>): Promise<R> {
    try {
      const result = await act();
      outcomes.success += 1;
      return result;
    } catch (err) {
      outcomes.error += 1;
      throw err;
    }
  }
}
