import { addressOctets } from './address.ts';

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
 * Whether an address is in the network. IPv4 is in none of IPv6 that is wider than all of IPv4: `::/0` is
 * about IPv6 alone.
 */
export function isInNetwork(address: Uint8Array, { octets, bits }: Network): boolean {
  if (bits < MAPPED_BITS && isIpv4(address)) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== octets[i]) return false;
  const mask = 0xff00 >> (bits & 7);
  return (((address[whole] ?? 0) ^ (octets[whole] ?? 0)) & mask & 0xff) === 0;
}

function isIpv4(address: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (address[i] !== 0) return false;
  return address[10] === 0xff && address[11] === 0xff;
}
