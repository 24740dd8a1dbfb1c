/** Who says to have an address, and since when. */
export interface Claim {
  readonly uid: string;
  /** Unix time. */
  readonly sinceMs: number;
}

/** Who says so beyond this many is not heard: anybody may write an address into a Service. */
const MOST_CLAIMS = 64;

/** Who has which address: of several that say so the one that began last, then the last told. */
export class AddressBook<C extends Claim> {
  /** The one that has it comes last. */
  readonly #claims = new Map<string, readonly C[]>();

  holderOf(address: string): C | undefined {
    return this.#claims.get(address)?.at(-1);
  }

  allOf(address: string): readonly C[] {
    return this.#claims.get(address) ?? [];
  }

  /** In place of what the same one said before. */
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
