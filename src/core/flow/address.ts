/** Octets of IPv6 before those of an IPv4 address in it: ten zeros, then these. */
const ZEROS = 10;
const MAPPED = 0xffff;
const GROUPS = 8;

/**
 * An address of 16 octets as text: IPv4 where it is one in IPv6 (::ffff:a.b.c.d), else IPv6 as
 * RFC 5952 wants it. '' for the unspecified address.
 */
export function addressText(octets: Uint8Array): string {
  if (isIpv4(octets)) return `${octets[12]}.${octets[13]}.${octets[14]}.${octets[15]}`;
  const groups = groupsOf(octets);
  const { from, length } = longestZeros(groups);
  if (length === GROUPS) return '';
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, from))}::${text(groups.slice(from + length))}`;
}

/** Whether an address of 16 octets is one of IPv4. */
export function isIpv4(octets: Uint8Array): boolean {
  for (let i = 0; i < ZEROS; i++) if (octets[i] !== 0) return false;
  return groupAt(octets, ZEROS / 2) === MAPPED;
}

/** The eight groups of an address of 16 octets. */
export function groupsOf(octets: Uint8Array): number[] {
  return Array.from({ length: GROUPS }, (_, i) => groupAt(octets, i));
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

const [DOT, ZERO, NINE] = [0x2e, 0x30, 0x39];

/**
 * The octets of an address in any spelling: IPv6 in full or short, in either case, with IPv4 at its end or
 * with a zone, which is left out; IPv4, with leading zeros or not. Undefined for what is no address.
 */
export function addressOctets(text: string): Uint8Array | undefined {
  // A zone is of a link of one host, as in `fe80::1%eth0`: RFC 4007.
  const zoneAt = text.lastIndexOf('%');
  const address = zoneAt < 0 ? text : text.slice(0, zoneAt);
  if (address.includes(':')) return ipv6Octets(address);
  const groups = ipv4Groups(address);
  return groups && octetsOf([0, 0, 0, 0, 0, MAPPED, ...groups]);
}

/** The one text of an address that has many; '' for what is no address, and the unspecified one. */
export function canonicalAddress(text: string): string {
  const octets = addressOctets(text);
  return octets ? addressText(octets) : '';
}

/**
 * NOTE: Go reads `010.0.0.1` as decimal where Kubernetes has kept such a text from before
 * (netutils.ParseIPSloppy), and so do we.
 */
function ipv4Groups(text: string): number[] | undefined {
  let [octet, digits, dots, groups] = [0, 0, 0, 0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0 || dots === 3) return undefined;
      groups = groups * 256 + octet;
      [octet, digits, dots] = [0, 0, dots + 1];
    } else {
      octet = octet * 10 + code - ZERO;
      digits++;
      if (code < ZERO || code > NINE || octet > 255) return undefined;
    }
  }
  if (digits === 0 || dots !== 3) return undefined;
  groups = groups * 256 + octet;
  return [Math.floor(groups / 65536), groups % 65536];
}

function ipv6Octets(text: string): Uint8Array | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const before = groupsIn(head, tail === undefined);
  const after = groupsIn(tail ?? '', true);
  if (!before || !after) return undefined;
  const missing = GROUPS - before.length - after.length;
  // `::` stands for one group at least.
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return octetsOf([...before, ...new Array<number>(missing).fill(0), ...after]);
}

/** Only at the end of an address may IPv4 be. */
function groupsIn(part: string, isEnd: boolean): number[] | undefined {
  if (part === '') return [];
  const words = part.split(':');
  const groups: number[] = [];
  for (const [i, word] of words.entries()) {
    const ipv4 = isEnd && i === words.length - 1 && word.includes('.') && ipv4Groups(word);
    if (ipv4) groups.push(...ipv4);
    else if (/^[0-9a-f]{1,4}$/i.test(word)) groups.push(Number.parseInt(word, 16));
    else return undefined;
  }
  return groups;
}

function octetsOf(groups: readonly number[]): Uint8Array {
  const octets = new Uint8Array(2 * GROUPS);
  for (const [i, group] of groups.entries()) {
    octets[2 * i] = group >> 8;
    octets[2 * i + 1] = group & 255;
  }
  return octets;
}
