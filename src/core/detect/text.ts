/** The Latin-1 text of octets up to the first zero: untrusted, and each octet a character. */
export function textOf(octets: Uint8Array): string {
  const end = octets.indexOf(0);
  return String.fromCharCode(...octets.subarray(0, end < 0 ? octets.length : end));
}
