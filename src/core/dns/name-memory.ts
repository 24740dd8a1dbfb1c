import { SharedMap } from '../sharing/shared-map.ts';
import type { DnsAnswer } from './message.ts';

/** 148 addresses for each of the 110 pods that Kubernetes allows on a node by default. About 4 MB. */
const LIMIT = 16_384;

/** Shared by all addresses of an answer. */
interface Learnt {
  readonly name: string;
  readonly answeredNs: number;
}

/** The pod that sent the query, and the holder whose share it uses, because a user can create many pods. */
export interface Querier {
  readonly owner: string;
  readonly holder: string;
}

/**
 * The names each pod resolved, by address. At the limit, the holder with the most names loses its
 * oldest one.
 */
export class NameMemory {
  readonly #learnt: SharedMap<string, Learnt>;

  constructor(limit: number = LIMIT) {
    this.#learnt = new SharedMap(limit);
  }

  /** A late answer does not replace a newer one. */
  learn({ owner, holder }: Querier, { name, addresses }: DnsAnswer, nowNs: number): void {
    const learnt = { name, answeredNs: nowNs };
    for (const address of addresses) {
      const key = keyOf(owner, address);
      const known = this.#learnt.get(key);
      if (known && known.answeredNs > nowNs) continue;
      this.#learnt.set(holder, key, learnt);
    }
  }

  /** The newest name that the owner resolved to the address. */
  nameOf(owner: string, address: string): string | undefined {
    return this.#learnt.get(keyOf(owner, address))?.name;
  }
}

/**
 * An address contains no NUL, so the owner may contain one. A joined string is flat and saves 80
 * octets.
 */
function keyOf(owner: string, address: string): string {
  return [address, owner].join('\0');
}
