import { isIPv6 } from 'node:net';
import { addressOctets, addressText, groupsOf, isIpv4 } from '../../../core/flow/address.ts';

/** The properties of a connection that decide about its slot. */
export interface Occupant {
  readonly address: string;
  /** Whether the data of its client has not been read yet. */
  readonly isUnread: boolean;
  /** The time from which on it counts, even without a slot. */
  readonly dueMs: number;
  /** How long it has waited for its client. Undefined while the client waits for a response. */
  readonly waitedMs: (nowMs: number) => number | undefined;
  /** How long its client has been reading a response. Undefined if there is none. */
  readonly readingMs: (nowMs: number) => number | undefined;
}

/** A set of connections, counted by address. */
export class AddressGroup<T extends Occupant> {
  readonly #members = new Set<T>();
  readonly #counts = new Map<string, number>();

  get size(): number {
    return this.#members.size;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#members[Symbol.iterator]();
  }

  has(member: T): boolean {
    return this.#members.has(member);
  }

  countOf(address: string): number {
    return this.#counts.get(address) ?? 0;
  }

  add(member: T): void {
    if (this.#members.has(member)) return;
    this.#members.add(member);
    this.#counts.set(member.address, this.countOf(member.address) + 1);
  }

  remove(member: T): void {
    if (!this.#members.delete(member)) return;
    const count = this.countOf(member.address) - 1;
    if (count === 0) this.#counts.delete(member.address);
    else this.#counts.set(member.address, count);
  }

  /** The longest waiting member of the address with the most members. */
  longestWaiting(nowMs: number, isEligible: (member: T) => boolean = () => true): T | undefined {
    return this.#first((member) => (isEligible(member) ? member.waitedMs(nowMs) : undefined));
  }

  /**
   * The longest waiting member of the address with the most waiting members. Unread members come last, so
   * that an address with many responses to read does not lose its only new connection.
   */
  mostWaiting(nowMs: number): T | undefined {
    const [waiting, unread] = [new AddressGroup<T>(), new AddressGroup<T>()];
    for (const member of this.#members)
      if (member.waitedMs(nowMs) !== undefined) (member.isUnread ? unread : waiting).add(member);
    return (waiting.size > 0 ? waiting : unread).longestWaiting(nowMs);
  }

  /** The member of the address with the most members whose client has been reading for longest. */
  longestReading(nowMs: number): T | undefined {
    return this.#first((member) => member.readingMs(nowMs));
  }

  /** The first member by number of members of its address, then by age. */
  #first(ageOf: (member: T) => number | undefined): T | undefined {
    let [first, mostCount, mostAge]: [T | undefined, number, number] = [undefined, 0, 0];
    for (const member of this.#members) {
      const age = ageOf(member);
      if (age === undefined) continue;
      const count = this.countOf(member.address);
      if (count < mostCount || (count === mostCount && age <= mostAge)) continue;
      [first, mostCount, mostAge] = [member, count, age];
    }
    return first;
  }
}

/** Groups of an IPv6 address in its /64 prefix. */
const NETWORK_GROUPS = 4;

/**
 * The key under which the connections of an address are counted: an IPv4 address (also in the form
 * ::ffff:a.b.c.d of dual-stack sockets), or the /64 of an IPv6 address, because one host can use all of it.
 */
export function shareOf(address = ''): string {
  const octets = isIPv6(address) ? addressOctets(address) : undefined;
  if (!octets) return address;
  if (isIpv4(octets)) return addressText(octets);
  const network = groupsOf(octets).slice(0, NETWORK_GROUPS);
  return `${network.map((group) => group.toString(16)).join(':')}::/64`;
}
