type Octets = readonly number[];
/** Text is encoded as labels. Octets are used as they are, to allow a pointer or an invalid name. */
type Name = string | Octets;

export const TYPES = { A: 1, CNAME: 5, TXT: 16, AAAA: 28, OPT: 41 };
export const INTERNET = 1;
export const CHAOS = 3;

/** Offset of the question's name, right after the header. */
export const QUESTION_AT = 12;

const u16 = (number: number): Octets => [(number >> 8) & 0xff, number & 0xff];

export function label(text: string): Octets {
  return [text.length, ...Array.from(text, (letter) => letter.charCodeAt(0))];
}

/** A complete name: labels separated by dots; '' is the root. */
export function name(text: string): Octets {
  return [...(text === '' ? [] : text.split('.').flatMap(label)), 0];
}

export function pointer(at: number): Octets {
  return u16(0xc000 | at);
}

/** The name in the question, as a pointer, which most servers use. */
export const QNAME: Octets = pointer(QUESTION_AT);

const octetsOf = (given: Name): Octets => (typeof given === 'string' ? name(given) : given);

export function question(queried: Name, type: number = TYPES.A): Octets {
  return [...octetsOf(queried), ...u16(type), ...u16(INTERNET)];
}

export interface RecordParts {
  readonly owner: Name;
  readonly type: number;
  readonly recordClass?: number;
  readonly rdata: Octets;
  /** RDLENGTH, if it is wrong. */
  readonly length?: number;
}

/** A record with a TTL of one minute. */
export function record(parts: RecordParts): Octets {
  const { owner, type, recordClass = INTERNET, rdata, length = rdata.length } = parts;
  const head = [...u16(type), ...u16(recordClass), 0, 0, 0, 60, ...u16(length)];
  return [...octetsOf(owner), ...head, ...rdata];
}

export function a(owner: Name, address: string): Octets {
  return record({ owner, type: TYPES.A, rdata: address.split('.').map(Number) });
}

/** Takes the eight groups of the address. */
export function aaaa(owner: Name, groups: Octets): Octets {
  return record({ owner, type: TYPES.AAAA, rdata: groups.flatMap(u16) });
}

export function cname(owner: Name, target: Name): Octets {
  return record({ owner, type: TYPES.CNAME, rdata: octetsOf(target) });
}

export interface MessageParts {
  /** The ID is always 0x1234. These are the flags of RFC 1035, 4.1.1. */
  readonly flags?: number;
  readonly questions?: readonly Octets[];
  readonly answers?: readonly Octets[];
  readonly additional?: readonly Octets[];
  /** QDCOUNT and ANCOUNT, if they are wrong. */
  readonly questionCount?: number;
  readonly answerCount?: number;
}

/** A response without an error, unless the parts say otherwise. */
export function message(parts: MessageParts): Uint8Array {
  const { flags = 0x8180, questions = [], answers = [], additional = [] } = parts;
  const counts = [
    parts.questionCount ?? questions.length,
    parts.answerCount ?? answers.length,
    0,
    additional.length,
  ];
  const sections = [questions, answers, additional].flat(2);
  return Uint8Array.from([0x12, 0x34, ...u16(flags), ...counts.flatMap(u16), ...sections]);
}

export function response(queried: Name, answers: readonly Octets[]): Uint8Array {
  return message({ questions: [question(queried)], answers });
}

export function query(queried: Name, type?: number): Uint8Array {
  const size = record({ owner: '', type: TYPES.OPT, recordClass: 1232, rdata: [] });
  return message({ flags: 0x0100, questions: [question(queried, type)], additional: [size] });
}
