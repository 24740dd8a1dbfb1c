/** An IPv4-mapped IPv6 address begins with ten zeros and these octets. */
const ZEROS = 10;
const MAPPED = 0xffff;
const GROUPS = 8;

/**
 * Text of a 16-octet address: IPv4 if it is IPv4-mapped (::ffff:a.b.c.d), otherwise IPv6 in the
 * form of RFC 5952. '' for the unspecified address.
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

/** Whether a 16-octet address is IPv4-mapped. */
export function isIpv4(octets: Uint8Array): boolean {
  for (let i = 0; i < ZEROS; i++) if (octets[i] !== 0) return false;
  return groupAt(octets, ZEROS / 2) === MAPPED;
}

/** The eight groups of a 16-octet address. */
export function groupsOf(octets: Uint8Array): number[] {
  return Array.from({ length: GROUPS }, (_, i) => groupAt(octets, i));
}

function groupAt(octets: Uint8Array, index: number): number {
  return (octets[2 * index] ?? 0) * 256 + (octets[2 * index + 1] ?? 0);
}

/** The longest run of zeros, the first one if several are equal. */
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
 * The octets of an address in any notation: IPv6 full or short, in either case, with an embedded
 * IPv4 address or a zone (ignored); IPv4 with or without leading zeros. Undefined for other text.
 */
export function addressOctets(text: string): Uint8Array | undefined {
  // A zone names a link of one host, as in `fe80::1%eth0`: RFC 4007.
  const zoneAt = text.lastIndexOf('%');
  const address = zoneAt < 0 ? text : text.slice(0, zoneAt);
  if (address.includes(':')) return ipv6Octets(address);
  const groups = ipv4Groups(address);
  return groups && octetsOf([0, 0, 0, 0, 0, MAPPED, ...groups]);
}

/** The canonical text of an address; '' for the unspecified address and for other text. */
export function canonicalAddress(text: string): string {
  const octets = addressOctets(text);
  return octets ? addressText(octets) : '';
}

/**
 * NOTE: Go reads `010.0.0.1` as decimal in old Kubernetes objects (netutils.ParseIPSloppy). So do
 * we.
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
  // `::` stands for at least one group.
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return octetsOf([...before, ...new Array<number>(missing).fill(0), ...after]);
}

/** IPv4 may only be at the end of an address. */
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
