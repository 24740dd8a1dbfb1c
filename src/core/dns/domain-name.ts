/** Size of the header before the question (RFC 1035, 4.1.1). No name begins in it. */
export const HEADER_BYTES = 12;

/** RFC 1035, 2.3.4: limits for a label, and for a whole name with its length octets and the root. */
const MAX_LABEL_BYTES = 63;
const MAX_NAME_BYTES = 255;
/**
 * No name has more labels, so a valid one needs no more pointers. Limits the time for a chain of
 * them.
 */
const MAX_POINTERS = 127;
/** RFC 1035, 4.1.4: two set upper bits mark a pointer of 14 bits. */
const POINTER = 0xc0;

const DOT = 0x2e;
const BACKSLASH = 0x5c;
const ZERO = 0x30;

/** A domain name in a message. */
export interface DomainName {
  /** Lower case, without the trailing dot, escaped to printable ASCII; '' for the root. */
  readonly text: string;
  /** Offset of the first octet after it. */
  readonly end: number;
}

/**
 * Reads the name at an offset, with compression (RFC 1035, 4.1.4) and escapes (RFC 4343, 2.1).
 * Undefined if it is truncated, too long, or points to anything but an earlier name.
 */
export function readName(message: Uint8Array, start: number): DomainName | undefined {
  // One string made from all codes is flat; a string built by appending takes 32 octets for each
  // letter.
  const codes: number[] = [];
  let bytes = 1;
  let pointers = 0;
  let end: number | undefined;
  for (let from = start, at = start; ; ) {
    const length = message[at];
    if (length === undefined) return undefined;
    if (length === 0) return { text: String.fromCharCode(...codes), end: end ?? at + 1 };
    if (length >= POINTER) {
      end ??= at + 2;
      at = (length - POINTER) * 256 + (message[at + 1] ?? 0);
      pointers += 1;
      // Must be before everything already read of this name, otherwise it could loop.
      if (end > message.length || at < HEADER_BYTES || at >= from) return undefined;
      if (pointers > MAX_POINTERS) return undefined;
      from = at;
    } else {
      bytes += 1 + length;
      if (length > MAX_LABEL_BYTES || bytes > MAX_NAME_BYTES) return undefined;
      if (codes.length > 0) codes.push(DOT);
      for (const octet of message.subarray(at + 1, at + 1 + length)) write(octet, codes);
      at += 1 + length;
    }
  }
}

/** Appends an octet of a label. Only ASCII letters have a lower case (RFC 4343, 3). */
function write(octet: number, codes: number[]): void {
  if (octet >= 0x41 && octet <= 0x5a) codes.push(octet + 0x20);
  else if (octet === DOT || octet === BACKSLASH) codes.push(BACKSLASH, octet);
  else if (octet >= 0x21 && octet <= 0x7e) codes.push(octet);
  else {
    const hundreds = Math.floor(octet / 100);
    const tens = Math.floor(octet / 10) % 10;
    codes.push(BACKSLASH, ZERO + hundreds, ZERO + tens, ZERO + (octet % 10));
  }
}
