import type { DnsAnswer } from './message.ts';

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

export interface RecordFixture {
  readonly owner: Name;
  readonly type: number;
  readonly recordClass?: number;
  readonly rdata: Octets;
  /** RDLENGTH, where it lies. */
  readonly length?: number;
}

/** A record that lives a minute. */
export function record(told: RecordFixture): Octets {
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

export interface MessageFixture {
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
export function message(told: MessageFixture): Uint8Array {
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

const SHOP = 'web.shop.example';
const LONG = ['x'.repeat(63), 'y'.repeat(63), 'z'.repeat(63), '\0'.repeat(61)].join('.');

/** Messages as they should be, each with what is to be read of it. */
export const WHOLE: readonly { readonly octets: Uint8Array; readonly answer?: DnsAnswer }[] = [
  { octets: query(SHOP) },
  { octets: query(LONG, TYPES.AAAA) },
  {
    octets: response(SHOP, [a(ASKED, '192.0.2.1'), a(ASKED, '192.0.2.2')]),
    answer: { name: SHOP, addresses: ['192.0.2.1', '192.0.2.2'] },
  },
  {
    octets: response(SHOP, [
      cname(ASKED, [...label('cdn'), ...pointer(QUESTION_AT + 4)]),
      cname('cdn.shop.example', 'edge.example'),
      aaaa('edge.example', [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]),
    ]),
    answer: { name: SHOP, addresses: ['2001:db8::1'] },
  },
  {
    octets: response(
      LONG,
      Array.from({ length: 34 }, (_, i) => a(ASKED, `198.51.100.${i}`)),
    ),
    answer: {
      name: LONG.replaceAll('\0', '\\000'),
      addresses: Array.from({ length: 32 }, (_, i) => `198.51.100.${i}`),
    },
  },
];

/** Queries and responses; a quarter of them as they should be, the others bent up to six times. */
export function* hostileMessages(seed: number, count: number): Generator<Uint8Array> {
  const below = randomBelow(seed);
  for (let i = 0; i < count; i++) {
    const whole = WHOLE[below(WHOLE.length)]?.octets ?? new Uint8Array();
    let octets = whole.slice();
    for (let bends = below(4) === 0 ? 0 : 1 + below(6); bends > 0; bends--)
      octets = bend(octets, below);
    yield octets;
  }
}

type Below = (limit: number) => number;

/** A small generator with a seed (xorshift32), so that a failing message can be made again. */
function randomBelow(seed: number): Below {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** One octet or two become others: any, a pointer, a length, a count; or the end is cut off. */
function bend(octets: Uint8Array<ArrayBuffer>, below: Below): Uint8Array<ArrayBuffer> {
  const at = below(octets.length + 1);
  const put = (...changed: number[]): Uint8Array<ArrayBuffer> => {
    for (const [i, octet] of changed.entries()) octets[at + i] = octet; // past the end: nowhere
    return octets;
  };
  const bends = [
    () => put(below(256)),
    () => put((octets[at] ?? 0) ^ (1 << below(8))),
    () => put(...pointer(below(octets.length + 8))),
    () => put(...pointer(below(0x4000))),
    () => put(below(64)),
    () => put(0, below(256)),
    () => octets.fill(below(256), 4 + below(8), 12),
    () => octets.slice(0, at),
  ];
  return bends[below(bends.length)]?.() ?? octets;
}
