const GROUPS = 8;

/** The eight groups of an IPv6 address, which may end in an IPv4 address and name a zone. */
export function ipv6Groups(address: string): number[] {
  const [before = '', after] = address.replace(/%.*$/, '').split('::');
  const [head, tail] = [groupsIn(before), groupsIn(after ?? '')];
  const zeros = Math.max(0, GROUPS - head.length - tail.length);
  return [...head, ...Array.from({ length: zeros }, () => 0), ...tail];
}

function groupsIn(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
