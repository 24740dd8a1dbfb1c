/** Octets before the question: RFC 1035, 4.1.1. No name begins in them. */
export const HEADER_BYTES = 12;

/** RFC 1035, 2.3.4: of a label, and of a whole name with its length octets and the root. */
const MAX_LABEL_BYTES = 63;
const MAX_NAME_BYTES = 255;
/** No name has more labels, so no honest one needs more pointers; a chain of them costs time. */
const MAX_POINTERS = 127;
/** RFC 1035, 4.1.4: both upper bits set make a pointer of the 14 that follow. */
const POINTER = 0xc0;

const DOT = 0x2e;
const BACKSLASH = 0x5c;
const ZERO = 0x30;

/** A domain name of a message. */
export interface DomainName {
  /** In lower case, without the last dot, escaped to printable ASCII: '' for the root. */
  readonly text: string;
  /** Offset of what follows it in the message. */
  readonly end: number;
}

/**
 * Reads the name at an offset, as RFC 1035, 4.1.4 compresses and RFC 4343, 2.1 writes it.
 * Undefined where it is cut off, too long, or points to anything but an earlier name.
 */
export function readName(message: Uint8Array, start: number): DomainName | undefined {
  // A string of all codes at once is flat; one that grows by a letter is a tree of 32 octets each.
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
      // Before all that was read of this name, or it could come round again.
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

/** Appends an octet of a label; only ASCII letters have a lower case (RFC 4343, 3). */
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
