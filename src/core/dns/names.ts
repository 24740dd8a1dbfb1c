import { SharedMap } from '../sharing/shared-map.ts';
import type { DnsAnswer } from './message.ts';

/** 148 addresses for each of the 110 pods that Kubernetes by default allows a node; some 4 MB. */
const LIMIT = 16_384;

/** One for all the addresses of an answer. */
interface Learnt {
  readonly name: string;
  readonly answeredNs: number;
}

/** Who asked: a pod, and whose part of the memory it takes, as a user may make many. */
export interface Asker {
  readonly owner: string;
  readonly holder: string;
}

/**
 * By which name each owner, a pod, asked for an address. The least recently learnt goes first of whoever
 * has learnt most.
 */
export class NameMemory {
  readonly #learnt: SharedMap<string, Learnt>;

  constructor(limit: number = LIMIT) {
    this.#learnt = new SharedMap(limit);
  }

  /** An answer that arrives late does not displace a newer one. */
  learn({ owner, holder }: Asker, { name, addresses }: DnsAnswer, nowNs: number): void {
    const learnt = { name, answeredNs: nowNs };
    for (const address of addresses) {
      const key = keyOf(owner, address);
      const known = this.#learnt.get(key);
      if (known && known.answeredNs > nowNs) continue;
      this.#learnt.set(holder, key, learnt);
    }
  }

  /** The newest name by which the owner asked for the address. */
  nameOf(owner: string, address: string): string | undefined {
    return this.#learnt.get(keyOf(owner, address))?.name;
  }
}

/** An address has no NUL in it, so that an owner may. Joined, a string is flat: 80 octets less. */
function keyOf(owner: string, address: string): string {
  return [address, owner].join('\0');
}
