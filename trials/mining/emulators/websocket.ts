/** WebSocket frames (RFC 6455), as used for pools behind a bridge. */
import type { Random } from './json-style.ts';

const TEXT = 0x01;
const OCTETS = 0x02;
const CONTINUED = 0x00;
const PING = 0x09;
const LAST = 0x80;
const MASKED = 0x80;

export interface Framing {
  /** Required for clients. */
  readonly isMasked: boolean;
  /** As bridges to raw TCP send data. */
  readonly isBinary?: boolean;
  /** Number of frames, with a ping between them. */
  readonly pieces?: number;
}

/** A message (one character per byte), as one or more frames. */
export function framesOf(message: string, framing: Framing, random: Random): string {
  const { isMasked, isBinary = false, pieces = 1 } = framing;
  const bytes = Math.ceil(message.length / pieces);
  const ping = frame(LAST | PING, 'beat', isMasked, random);
  return Array.from({ length: pieces }, (_, i) => {
    const kind = i > 0 ? CONTINUED : isBinary ? OCTETS : TEXT;
    const last = i === pieces - 1 ? LAST : 0;
    return frame(last | kind, message.slice(i * bytes, (i + 1) * bytes), isMasked, random);
  }).join(ping);
}

function frame(first: number, payload: string, isMasked: boolean, random: Random): string {
  const { length } = payload;
  const size = length < 126 ? [length] : [126, length >> 8, length & 0xff];
  const [short = 0, ...longer] = size;
  const mask = isMasked ? Array.from({ length: 4 }, () => Math.floor(random() * 256)) : [];
  const head = [first, short | (isMasked ? MASKED : 0), ...longer, ...mask];
  const octets = [...payload].map((octet, i) => octet.charCodeAt(0) ^ (mask[i % 4] ?? 0));
  return String.fromCharCode(...head, ...octets);
}
