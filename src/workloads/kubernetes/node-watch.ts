import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeLookup } from '../../core/self/node-lookup.ts';
import type { ApiAccess } from './client/api.ts';
import { BackOff } from './client/back-off.ts';
import { lookUpNode } from './node-lookup.ts';

export interface NodeWatchOptions {
  readonly name: string;
  readonly connect: () => Promise<ApiAccess>;
  /** Whether the API has pods on the node, and therefore the node. */
  readonly hasPods: () => boolean;
  /** The API has nodes, but none with this name. */
  readonly onUnknown: (lookup: NodeLookup) => void;
}

/** Looks up this node's name in the API, until the node has pods. */
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
        // The watch of pods reports errors of the API.
      }
      await sleep(this.#backOff.next(), undefined, { signal }).catch(() => {});
    }
  }
}
