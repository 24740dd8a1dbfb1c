import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeLookup } from '../../core/self/node-lookup.ts';
import type { ApiAccess } from './client/api.ts';
import { BackOff } from './client/back-off.ts';
import { lookUpNode } from './node-lookup.ts';

export interface NodeWatchOptions {
  readonly name: string;
  readonly connect: () => Promise<ApiAccess>;
  /** Whether the API has pods on the node: then it has the node. */
  readonly hasPods: () => boolean;
  /** The API knows nodes, and none by this name. */
  readonly onUnknown: (lookup: NodeLookup) => void;
}

/** Asks whether the API knows this node by its name, as long as it has no pods there. */
export class NodeWatch {
  readonly #options: NodeWatchOptions;
  readonly #backOff = new BackOff();
  #found: NodeLookup | undefined;

  constructor(options: NodeWatchOptions) {
    this.#options = options;
  }

  get lookup(): NodeLookup {
    const { name, hasPods } = this.#options;
    if (hasPods()) return { name, isKnown: true, known: [name] };
    return this.#found ?? { name, isKnown: undefined, known: [] };
  }

  /** Resolves when the node is known, or the signal aborts; never fails. */
  async run(signal: AbortSignal): Promise<void> {
    const { name, connect, hasPods, onUnknown } = this.#options;
    while (!signal.aborted && !hasPods()) {
      try {
        this.#found = await lookUpNode(await connect(), name, signal);
        if (this.#found.isKnown) return;
        if (this.#found.isKnown === false) onUnknown(this.#found);
      } catch {
        // The watch of pods tells of an API that does not answer, or refuses.
      }
      await sleep(this.#backOff.next(), undefined, { signal }).catch(() => {});
    }
  }
}
