/** An object that claims an address. */
export interface AddressClaim {
  readonly uid: string;
  /** Unix time. */
  readonly sinceMs: number;
}

/** Claims per address. Every user with a Service can claim an address. */
const MOST_CLAIMS = 64;

/** Owners of addresses. Of several claims the newest wins, then the one added last. */
export class AddressBook<C extends AddressClaim> {
  /** The owner is the last claim. */
  readonly #claims = new Map<string, readonly C[]>();

  holderOf(address: string): C | undefined {
    return this.#claims.get(address)?.at(-1);
  }

  allOf(address: string): readonly C[] {
    return this.#claims.get(address) ?? [];
  }

  /** Replaces an earlier claim of the same object. */
  claim(addresses: readonly string[], claim: C): void {
    for (const address of addresses) {
      const others = this.#others(address, claim.uid);
      const claims = [...others, claim].sort((a, b) => a.sinceMs - b.sinceMs);
      this.#claims.set(address, claims.slice(-MOST_CLAIMS));
    }
  }

  release(addresses: readonly string[], uid: string): void {
    for (const address of addresses) {
      const others = this.#others(address, uid);
      if (others.length > 0) this.#claims.set(address, others);
      else this.#claims.delete(address);
    }
  }

  #others(address: string, uid: string): readonly C[] {
    const claims = this.allOf(address);
    return claims.length === 0 ? claims : claims.filter((claim) => claim.uid !== uid);
  }
}
