/** Octets of IPv6 before those of an IPv4 address in it: ten zeros, then these. */
const ZEROS = 10;
const MAPPED = 0xffff;

/**
 * An address of 16 octets as text: IPv4 where it is one in IPv6 (::ffff:a.b.c.d), else IPv6 as
 * RFC 5952 wants it. '' for the unspecified address.
 */
export function addressText(octets: Uint8Array): string {
  let zeros = 0;
  while (zeros < 16 && octets[zeros] === 0) zeros++;
  if (zeros === 16) return '';
  if (zeros === ZEROS && groupAt(octets, ZEROS / 2) === MAPPED)
    return `${octets[12]}.${octets[13]}.${octets[14]}.${octets[15]}`;
  const groups = Array.from({ length: 8 }, (_, i) => groupAt(octets, i));
  const { from, length } = longestZeros(groups);
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, from))}::${text(groups.slice(from + length))}`;
}

function groupAt(octets: Uint8Array, index: number): number {
  return (octets[2 * index] ?? 0) * 256 + (octets[2 * index + 1] ?? 0);
}

/** The first of the longest runs. */
function longestZeros(groups: readonly number[]): { from: number; length: number } {
  let best = { from: 0, length: 0 };
  for (let from = 0; from < groups.length; from++) {
    let length = 0;
    while (groups[from + length] === 0) length++;
    if (length > best.length) best = { from, length };
  }
  return best;
}
