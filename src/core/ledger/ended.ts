import { addEgress, addFigures, type Figures, noFigures, usageOf } from '../figures.ts';
import { nameKey } from '../safe-text.ts';
import type { NamespaceUsage } from '../snapshot.ts';

/** Namespaces of a node are few; where they are made up by the thousand the rest is under ''. */
export const MAX_NAMESPACES = 200;

/** What ended pods had used, by namespace, so that the node's sum never loses it. */
export class Ended {
  readonly #byNamespace = new Map([['', { namespace: '', figures: noFigures() }]]);

  /** A namespace is shown at zero before something ends in it: else the first is no increase. */
  open(namespace: string): void {
    this.#of(namespace);
  }

  add(namespace: string, figures: Figures, start: number, end: number): void {
    addFigures(figures, this.#of(namespace), start, end);
  }

  addEgress(namespace: string, bytes: number, classIndex: number): void {
    addEgress(bytes, classIndex, this.#of(namespace));
  }

  /** NOTE: by-namespace counters begin with the daemon, those of '' with the kernel's counters. */
  usage(startedSeconds: number, daemonSeconds: number): NamespaceUsage[] {
    return Array.from(this.#byNamespace.values(), ({ namespace, figures }) => ({
      namespace,
      usage: usageOf(figures),
      createdSeconds: namespace === '' ? startedSeconds : daemonSeconds,
    }));
  }

  #of(namespace: string): Figures {
    const key = nameKey(namespace);
    const known = this.#byNamespace.get(key);
    if (known) return known.figures;
    if (this.#byNamespace.size >= MAX_NAMESPACES) return this.#of('');
    const figures = noFigures();
    this.#byNamespace.set(key, { namespace, figures });
    return figures;
  }
}
