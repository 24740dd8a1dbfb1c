type Octets = readonly number[];
/** Written out as labels; or as it is, so that it may be a pointer, or no name at all. */
type Name = string | Octets;

export const TYPES = { A: 1, CNAME: 5, TXT: 16, AAAA: 28, OPT: 41 };
export const INTERNET = 1;
export const CHAOS = 3;

/** Where the question's name is: just after the header. */
export const QUESTION_AT = 12;

const u16 = (number: number): Octets => [(number >> 8) & 0xff, number & 0xff];

export function label(text: string): Octets {
  return [text.length, ...Array.from(text, (letter) => letter.charCodeAt(0))];
}

/** A whole name, of labels between dots; '' is the root. */
export function name(text: string): Octets {
  return [...(text === '' ? [] : text.split('.').flatMap(label)), 0];
}

export function pointer(at: number): Octets {
  return u16(0xc000 | at);
}

/** The name that was asked for, as most servers write it. */
export const ASKED: Octets = pointer(QUESTION_AT);

const octetsOf = (told: Name): Octets => (typeof told === 'string' ? name(told) : told);

export function question(asked: Name, type: number = TYPES.A): Octets {
  return [...octetsOf(asked), ...u16(type), ...u16(INTERNET)];
}

export interface RecordParts {
  readonly owner: Name;
  readonly type: number;
  readonly recordClass?: number;
  readonly rdata: Octets;
  /** RDLENGTH, where it lies. */
  readonly length?: number;
}

/** A record that lives a minute. */
export function record(told: RecordParts): Octets {
  const { owner, type, recordClass = INTERNET, rdata, length = rdata.length } = told;
  const head = [...u16(type), ...u16(recordClass), 0, 0, 0, 60, ...u16(length)];
  return [...octetsOf(owner), ...head, ...rdata];
}

export function a(owner: Name, address: string): Octets {
  return record({ owner, type: TYPES.A, rdata: address.split('.').map(Number) });
}

/** The address as its eight groups. */
export function aaaa(owner: Name, groups: Octets): Octets {
  return record({ owner, type: TYPES.AAAA, rdata: groups.flatMap(u16) });
}

export function cname(owner: Name, target: Name): Octets {
  return record({ owner, type: TYPES.CNAME, rdata: octetsOf(target) });
}

export interface MessageParts {
  /** ID is always 0x1234; these are the flags of RFC 1035, 4.1.1. */
  readonly flags?: number;
  readonly questions?: readonly Octets[];
  readonly answers?: readonly Octets[];
  readonly additional?: readonly Octets[];
  /** QDCOUNT and ANCOUNT, where they lie. */
  readonly questionCount?: number;
  readonly answerCount?: number;
}

/** A response without an error, but for what is told. */
export function message(told: MessageParts): Uint8Array {
  const { flags = 0x8180, questions = [], answers = [], additional = [] } = told;
  const counts = [
    told.questionCount ?? questions.length,
    told.answerCount ?? answers.length,
    0,
    additional.length,
  ];
  const sections = [questions, answers, additional].flat(2);
  return Uint8Array.from([0x12, 0x34, ...u16(flags), ...counts.flatMap(u16), ...sections]);
}

export function response(asked: Name, answers: readonly Octets[]): Uint8Array {
  return message({ questions: [question(asked)], answers });
}

export function query(asked: Name, type?: number): Uint8Array {
  const size = record({ owner: '', type: TYPES.OPT, recordClass: 1232, rdata: [] });
  return message({ flags: 0x0100, questions: [question(asked, type)], additional: [size] });
}
