import { addressOctets, isIpv4 } from './address.ts';

/** Addresses with a common prefix. */
export interface Network {
  /** 16 octets; IPv4 is IPv4-mapped. */
  readonly octets: Uint8Array;
  readonly bits: number;
}

/** Length of the prefix of IPv4-mapped addresses. */
const MAPPED_BITS = 96;
const MOST_BITS = 128;

/**
 * Reads `10.0.0.0/8`, `fd00::/8`, IPv4-mapped `::ffff:10.0.0.0/104`, or a single address, in any
 * notation. Undefined for other text.
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
 * Networks to look up addresses in. IPv4 addresses match no IPv6 network wider than all of IPv4:
 * `::/0` means IPv6 only.
 */
export class NetworkList {
  /** Value and mask of each, alternating. IPv4 addresses are compared as one number. */
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
