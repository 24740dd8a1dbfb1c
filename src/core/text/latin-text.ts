/** Text of untrusted octets as Latin-1: one character for each octet. */
export function latinText(octets: Uint8Array): string {
  return String.fromCharCode(...octets);
}

/** The same, up to the first zero. */
export function textOf(octets: Uint8Array): string {
  const end = octets.indexOf(0);
  return latinText(end < 0 ? octets : octets.subarray(0, end));
}
