import { addressText } from '../flow/address.ts';
import { HEADER_BYTES, readName } from './domain-name.ts';

/** The contents of a DNS response for the name in the question. */
export interface DnsAnswer {
  /** Lower case, without the trailing dot, escaped to printable ASCII; '' for the root. */
  readonly name: string;
  /** Addresses of the name or of its aliases, in the form of addressText. At most 32. */
  readonly addresses: readonly string[];
}

/** The 512 octets that the kernel stores hold 30: an IPv4 record takes 16. */
const MAX_ADDRESSES = 32;

/** Flags of RFC 1035, 4.1.1: QR and OPCODE, as in a response to a standard query. */
const KIND_MASK = 0xf800;
const RESPONSE = 0x8000;
const FLAGS_AT = 2;
const QUESTIONS_AT = 4;
const ANSWERS_AT = 6;
/** QTYPE and QCLASS. */
const QUESTION_TAIL_BYTES = 4;
/** TYPE, CLASS, TTL and RDLENGTH, between a record's owner and its RDATA. */
const RECORD_HEAD_BYTES = 10;

/** RFC 1035, 3.2.2 and 3.2.4, and RFC 3596, 2.1. */
const A = 1;
const CNAME = 5;
const AAAA = 28;
const INTERNET = 1;

/** A complete record of class IN, and the offset of its RDATA in the message. */
interface InternetRecord {
  readonly owner: string;
  readonly type: number;
  readonly from: number;
  readonly end: number;
}

interface Section {
  /** Alias target by owner. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly addresses: readonly { readonly owner: string; readonly address: string }[];
}

/**
 * Reads a DNS response (RFC 1035) that may be truncated anywhere. Records count up to the first
 * incomplete one. Undefined for other messages, and without exactly one complete question.
 */
export function parseAnswer(message: Uint8Array): DnsAnswer | undefined {
  if ((u16(message, FLAGS_AT) & KIND_MASK) !== RESPONSE) return undefined;
  if (u16(message, QUESTIONS_AT) !== 1) return undefined;
  const queried = readName(message, HEADER_BYTES);
  if (!queried || queried.end + QUESTION_TAIL_BYTES > message.length) return undefined;
  const section = readSection(message, queried.end + QUESTION_TAIL_BYTES);
  const names = namesOf(queried.text, section.aliases);
  const own = section.addresses.filter(({ owner }) => names.has(owner));
  return {
    name: queried.text,
    addresses: own.slice(0, MAX_ADDRESSES).map(({ address }) => address),
  };
}

/** The name and its aliases, each once. At most one for each record. */
function namesOf(queried: string, aliases: Section['aliases']): Set<string> {
  const names = new Set<string>();
  let name: string | undefined = queried;
  while (name !== undefined && !names.has(name)) {
    names.add(name);
    name = aliases.get(name);
  }
  return names;
}

/** A CNAME may follow the addresses it leads to, so both are collected first. */
function readSection(message: Uint8Array, start: number): Section {
  const aliases = new Map<string, string>();
  const addresses: { owner: string; address: string }[] = [];
  for (const { owner, type, from, end } of internetRecords(message, start)) {
    if (type === CNAME) {
      const target = readName(message, from);
      if (target?.end !== end) break;
      // A name has at most one CNAME (RFC 2181, 10.1). For an invalid zone the first one counts.
      if (!aliases.has(owner)) aliases.set(owner, target.text);
    } else if (type === A || type === AAAA) {
      if (end - from !== (type === A ? 4 : 16)) break;
      const octets = message.subarray(from, end);
      const address = type === A ? octets.join('.') : addressText(octets);
      if (address !== '') addresses.push({ owner, address });
    }
  }
  return { aliases, addresses };
}

/** The records of the answer section. May be fewer than the header claims. */
function* internetRecords(message: Uint8Array, start: number): Generator<InternetRecord> {
  let at = start;
  for (let left = u16(message, ANSWERS_AT); left > 0; left--) {
    const owner = readName(message, at);
    if (!owner) return;
    const from = owner.end + RECORD_HEAD_BYTES;
    const end = from + u16(message, from - 2);
    if (end > message.length) return;
    const type = u16(message, owner.end);
    const isInternet = u16(message, owner.end + 2) === INTERNET;
    if (isInternet) yield { owner: owner.text, type, from, end };
    at = end;
  }
}

/** Octets past the end read as 0. Such a record is incomplete and therefore skipped. */
function u16(message: Uint8Array, at: number): number {
  return (message[at] ?? 0) * 256 + (message[at + 1] ?? 0);
}
