import { addressOctets, isIpv4 } from './address.ts';

/** Addresses that begin with the same bits. */
export interface Network {
  /** 16 of them: IPv4 in IPv6. */
  readonly octets: Uint8Array;
  readonly bits: number;
}

/** Bits of IPv6 before an IPv4 address in it. */
const MAPPED_BITS = 96;
const MOST_BITS = 128;

/**
 * `10.0.0.0/8`, `fd00::/8` or, in IPv6, `::ffff:10.0.0.0/104`; an address alone is a network of one. Any
 * spelling of the address is read. Undefined for what is no network.
 */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', bitsText, ...more] = text.split('/');
  const octets = addressOctets(address);
  if (!octets || more.length > 0) return undefined;
  if (bitsText === undefined) return { octets, bits: MOST_BITS };
  if (!/^\d{1,3}$/.test(bitsText)) return undefined;
  const bits = Number(bitsText) + (address.includes(':') ? 0 : MAPPED_BITS);
  return bits > MOST_BITS ? undefined : { octets, bits };
}

/**
 * Networks to look addresses up in. IPv4 is in none of IPv6 that is wider than all of IPv4: `::/0` is about
 * IPv6 alone.
 */
export class NetworkList {
  /** Value and mask of each, in turn: IPv4 is looked up as one number. */
  readonly #ipv4: number[] = [];
  readonly #ipv6: Network[] = [];

  constructor(networks: Iterable<Network>) {
    for (const network of networks) {
      const { octets, bits } = network;
      if (!isIpv4(octets) || bits < MAPPED_BITS) {
        this.#ipv6.push(network);
        continue;
      }
      const mask = bits === MAPPED_BITS ? 0 : -1 << (MOST_BITS - bits);
      this.#ipv4.push(ipv4In(octets) & mask, mask);
    }
  }

  has(address: Uint8Array): boolean {
    if (!isIpv4(address)) return this.#ipv6.some((network) => hasBits(address, network));
    const number = ipv4In(address);
    for (let i = 0; i < this.#ipv4.length; i += 2)
      if ((number & (this.#ipv4[i + 1] ?? 0)) === this.#ipv4[i]) return true;
    return false;
  }
}

function ipv4In(octets: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = octets.subarray(12);
  return (a << 24) | (b << 16) | (c << 8) | d;
}

function hasBits(address: Uint8Array, { octets, bits }: Network): boolean {
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== octets[i]) return false;
  const mask = 0xff00 >> (bits & 7);
  return (((address[whole] ?? 0) ^ (octets[whole] ?? 0)) & mask & 0xff) === 0;
}
