import type { Turn } from './grammars.ts';
import { type Json, type JsonStyle, type Random, write } from './json-style.ts';

/** Written at once, which usually gives one TCP segment. */
export interface Segment {
  readonly from: Turn['from'];
  /** One character per byte. */
  readonly octets: string;
  /** Delay before it is sent. */
  readonly afterMs?: number;
}

/** How a session is written and split into segments. */
export interface Evasion extends JsonStyle {
  /** Bytes before each message. */
  readonly lead?: string;
  /** Replaces the line feed at the end of a message. */
  readonly lineEnd?: string;
  /** Length in bytes of a first value, under an unknown key. */
  readonly padding?: number;
  /** Nesting depth of such a value. */
  readonly nesting?: number;
  /** Wraps each message in an array. */
  readonly isBatch?: boolean;
  /** First turns that were not seen, because the agent started later. */
  readonly skip?: number;
  readonly cut?: (octets: string, random: Random) => readonly string[];
  /** Joins consecutive messages of one side in one segment. */
  readonly isJoined?: boolean;
}

export const EVASIONS: Readonly<Record<string, Evasion>> = {
  plain: {},
  'reordered keys': { isReordered: true },
  'extra white space': { isSpaced: true },
  'escaped letters': { isEscaped: true },
  'extra keys': { hasMore: true },
  'all four JSON changes': { isReordered: true, isSpaced: true, isEscaped: true, hasMore: true },
  'after a long value': { padding: 8000 },
  'after a deeply nested value': { nesting: 100 },
  'after empty messages': { lead: '{}\n'.repeat(100) },
  'batch of one': { isBatch: true },
  'leading white space': { lead: '\r\n  ' },
  'leading byte order mark': { lead: '\xef\xbb\xbf' },
  'first 2 turns not seen': { skip: 2 },
  'first 4 turns not seen': { skip: 4 },
  'split at random': { cut: cutAtRandom },
  'one byte per segment': { cut: (octets) => [...octets] },
  'messages joined': { isJoined: true },
  'split within each word': { cut: cutWithinWords },
  'CRLF line ends': { lineEnd: '\r\n' },
  'all four JSON changes, split at random': {
    isReordered: true,
    isSpaced: true,
    isEscaped: true,
    hasMore: true,
    cut: cutAtRandom,
  },
};

/** Whether the client sends anything. If turns are skipped, some sessions have no client message. */
export function hasClient(session: readonly Segment[]): boolean {
  return session.some(({ from }) => from === 'client');
}

export function segmentsOf(turns: readonly Turn[], evasion: Evasion, random: Random): Segment[] {
  const written = turns.map((turn) => ({
    from: turn.from,
    octets: octetsOf(turn, evasion, random),
  }));
  const seen = written.slice(evasion.skip ?? 0);
  const joined = evasion.isJoined ? joinedOf(seen) : seen;
  return joined.flatMap(({ from, octets }) =>
    (evasion.cut?.(octets, random) ?? [octets]).map((piece) => ({ from, octets: piece })),
  );
}

function octetsOf(turn: Turn, evasion: Evasion, random: Random): string {
  const { json, before, after = '', around = (message) => message } = turn;
  if (json === undefined) return before?.('') ?? '';
  const padded = padOf(evasion).reduce(behind, json);
  const message: Json = evasion.isBatch ? [padded] : padded;
  const lead = before === undefined ? (evasion.lead ?? '') : '';
  const end = after === '\n' ? (evasion.lineEnd ?? after) : after;
  const body = `${lead}${write(message, evasion, random)}${end}`;
  return around(`${before?.(body) ?? ''}${body}`);
}

function padOf({ padding = 0, nesting = 0 }: Evasion): Json[] {
  const nested = Array.from({ length: nesting }).reduce<Json>((inner) => ({ x: inner }), 0);
  return [...(padding > 0 ? ['x'.repeat(padding)] : []), ...(nesting > 0 ? [nested] : [])];
}

function behind(json: Json, value: Json): Json {
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
  return isObject ? { x: value, ...json } : json;
}

function joinedOf(segments: readonly Segment[]): Segment[] {
  const joined: Segment[] = [];
  for (const segment of segments) {
    const last = joined.at(-1);
    if (last?.from !== segment.from) joined.push(segment);
    else joined.splice(-1, 1, { ...last, octets: last.octets + segment.octets });
  }
  return joined;
}

function cutAtRandom(octets: string, random: Random): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < octets.length; ) {
    const length = 1 + Math.floor(random() * 40);
    pieces.push(octets.slice(at, at + length));
    at += length;
  }
  return pieces;
}

/** Splits inside every quoted string. */
function cutWithinWords(octets: string): string[] {
  return octets.split(/(?<="\w{1,40})(?=\w{3,40}")/);
}
