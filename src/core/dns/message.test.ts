import { expect, test } from 'vitest';
import {
  a,
  aaaa,
  CHAOS,
  cname,
  label,
  message,
  name,
  pointer,
  QNAME,
  QUESTION_AT,
  query,
  question,
  record,
  response,
  TYPES,
} from './compose.ts';
import { WHOLE } from './hostile-messages.ts';
import { parseAnswer } from './message.ts';

const WEB = 'web.shop.example';
/** Offset of the first record when the question is WEB. */
const RECORDS_AT = QUESTION_AT + WEB.length + 2 + 4;

const addressesOf = (octets: Uint8Array) => parseAnswer(octets)?.addresses;

test('a response is written octet by octet as in RFC 1035', () => {
  const octets = [
    0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0x61, 2, 0x49, 0x4f, 0, 0, 1, 0, 1, 0xc0,
    0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1,
  ];
  expect(parseAnswer(Uint8Array.from(octets))).toEqual({ name: 'a.io', addresses: ['192.0.2.1'] });
});

test.each(WHOLE.map((each, i) => [i, each] as const))(
  'message %i is parsed completely',
  (_, whole) => {
    expect(parseAnswer(whole.octets)).toEqual(whole.answer);
  },
);

test('addresses have the form used for flows: IPv4-mapped IPv6 is IPv4, and :: is none', () => {
  const octets = response(WEB, [
    a(QNAME, '0.0.0.0'),
    aaaa(QNAME, [0x2001, 0xdb8, 0, 0, 0, 0, 0, 0xa]),
    aaaa(QNAME, [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201]),
    aaaa(QNAME, [0, 0, 0, 0, 0, 0, 0, 0]),
    aaaa(QNAME, [0, 0, 0, 0, 0, 0, 0, 1]),
  ]);
  expect(addressesOf(octets)).toEqual(['0.0.0.0', '2001:db8::a', '192.0.2.1', '::1']);
});

test('names are case-insensitive and reported in lower case', () => {
  const octets = response('wEb.SHOP.eXample', [a('WEB.shop.EXAMPLE', '192.0.2.1')]);
  expect(parseAnswer(octets)).toEqual({ name: WEB, addresses: ['192.0.2.1'] });
});

test.each([
  ['the root', [0], ''],
  ['a dot and a backslash', [...label('a.b\\c'), ...name('d')], 'a\\.b\\\\c.d'],
  ['space, tilde, delete', [...label(' ~\x7f'), 0], '\\032~\\127'],
  [
    'controls and octets above ASCII',
    [...label('\0\t\xc3\xdf\xff'), 0],
    '\\000\\009\\195\\223\\255',
  ],
  ['what looks like an escape', [...label('\\000'), 0], '\\\\000'],
])('%s in a name are escaped', (_, queried, text) => {
  expect(parseAnswer(response(queried, []))).toEqual({ name: text, addresses: [] });
});

test('aliases are followed in any order, and other records do not count', () => {
  const octets = response(WEB, [
    a('edge.example', '192.0.2.1'),
    cname('cdn.example', 'edge.example'),
    a('other.example', '192.0.2.66'),
    cname(WEB, 'cdn.example'),
    cname(WEB, 'other.example'), // a second alias of one name
    cname('other.example', WEB),
    a('CDN.example', '192.0.2.2'),
  ]);
  expect(parseAnswer(octets)).toEqual({ name: WEB, addresses: ['192.0.2.1', '192.0.2.2'] });
});

test('a loop of aliases is followed once', () => {
  const circle = [cname(WEB, 'b.example'), cname('b.example', 'c.example')];
  const octets = response(WEB, [
    ...circle,
    cname('c.example', 'b.example'),
    a('c.example', '192.0.2.1'),
  ]);
  expect(addressesOf(octets)).toEqual(['192.0.2.1']);
  expect(addressesOf(response(WEB, [cname(WEB, WEB), a(WEB, '192.0.2.1')]))).toEqual(['192.0.2.1']);
});

test('records of another type, class or section do not count', () => {
  const chaos = { recordClass: CHAOS };
  const octets = message({
    questions: [question(WEB)],
    answers: [
      record({ owner: QNAME, type: TYPES.TXT, rdata: label('v=1') }),
      record({ owner: QNAME, type: TYPES.A, ...chaos, rdata: [192, 0, 2, 66] }),
      record({ owner: QNAME, type: TYPES.CNAME, ...chaos, rdata: name('evil.example') }),
      a(QNAME, '192.0.2.1'),
      a('evil.example', '192.0.2.66'),
    ],
    additional: [a(QNAME, '192.0.2.66')],
  });
  expect(addressesOf(octets)).toEqual(['192.0.2.1']);
});

const [questions, answers] = [[question(WEB)], [a(QNAME, '192.0.2.1')]];

test.each([
  ['nothing', new Uint8Array()],
  ['a header that is cut off', message({}).subarray(0, 11)],
  ['a query', query(WEB)],
  ['a query with an answer', message({ flags: 0x0100, questions, answers })],
  ['an inverse query', message({ flags: 0x8980, questions, answers })],
  ['an update', message({ flags: 0xa980, questions, answers })],
  ['no question', message({ answers: [a(WEB, '192.0.2.1')] })],
  ['two questions', message({ questions: [question(WEB), question(WEB)], answers })],
  ['a label of 64', response([...label('x'.repeat(64)), 0], [])],
  ['a label of an undefined kind', response([0x80, ...name(WEB)], [])],
  ['a name of 256', response([63, 63, 63, 62].map((n) => 'x'.repeat(n)).join('.'), answers)],
  ['a name in the header', response(pointer(4), [])],
  ['a name that is itself', response(QNAME, [])],
  ['a name further on', response(pointer(18), [name(WEB)])],
])('%s is not an answer', (_, octets) => {
  expect(parseAnswer(octets)).toBeUndefined();
});

test('a response counts with any RCODE, and also when it is truncated', () => {
  expect(addressesOf(message({ flags: 0x8383, questions, answers }))).toEqual(['192.0.2.1']);
});

const AFTER_FIRST = RECORDS_AT + 16;

test.each([
  ['an IPv4 address of 5', record({ owner: QNAME, type: TYPES.A, rdata: [1, 2, 3, 4, 5] })],
  ['an IPv6 address of 4', record({ owner: QNAME, type: TYPES.AAAA, rdata: [1, 2, 3, 4] })],
  ['an alias shorter than its length', record({ owner: QNAME, type: TYPES.CNAME, rdata: [0, 0] })],
  [
    'an alias longer than its length',
    record({ owner: QNAME, type: 5, rdata: name('b'), length: 1 }),
  ],
  ['a length past the end', record({ owner: QNAME, type: TYPES.TXT, rdata: [], length: 999 })],
  ['an owner that is itself', a(pointer(AFTER_FIRST), '192.0.2.2')],
  ['an owner further on', a(pointer(AFTER_FIRST + 16), '192.0.2.2')],
  ['a circle of a label', a([...label('b'), ...pointer(AFTER_FIRST)], '192.0.2.2')],
  ['an owner in the header', a(pointer(11), '192.0.2.2')],
])('%s ends the parsing; earlier records count', (_, bad) => {
  const good = [a(QNAME, '192.0.2.1'), a(QNAME, '192.0.2.3')];
  const octets = response(WEB, [good[0] ?? [], bad, good[1] ?? []]);
  expect(addressesOf(octets)).toEqual(['192.0.2.1']);
});

/**
 * A TXT record of pointers: the first leads to the question's name, each other one to its
 * predecessor.
 */
function pointerChain(length: number): readonly number[] {
  const rdata = Array.from({ length }, (_, i) =>
    pointer(i === 0 ? QUESTION_AT : RECORDS_AT + 12 + 2 * (i - 1)),
  );
  return record({ owner: QNAME, type: TYPES.TXT, rdata: rdata.flat() });
}
const endOfChain = (length: number) => pointer(RECORDS_AT + 12 + 2 * (length - 1));

test('an owner name may use up to 127 pointers', () => {
  const all = [126, 127].map((length) =>
    response(WEB, [pointerChain(length), a(endOfChain(length), '192.0.2.1'), a(WEB, '192.0.2.2')]),
  );
  expect(all.map(addressesOf)).toEqual([['192.0.2.1', '192.0.2.2'], []]);
});

test('the number of records is the smaller of the header’s count and the records present', () => {
  const two = [a(QNAME, '192.0.2.1'), a(QNAME, '192.0.2.2')];
  const claiming = (answerCount: number) => message({ questions, answers: two, answerCount });
  expect(addressesOf(claiming(0))).toEqual([]);
  expect(addressesOf(claiming(1))).toEqual(['192.0.2.1']);
  expect(addressesOf(claiming(0xffff))).toEqual(['192.0.2.1', '192.0.2.2']);
});

test('a response truncated at any offset yields the records before that offset', () => {
  const octets = response(WEB, [a(QNAME, '192.0.2.1'), a(WEB, '192.0.2.2')]);
  const lengths = [RECORDS_AT, RECORDS_AT + 16, octets.length];
  for (let cut = 0; cut <= octets.length; cut++) {
    const whole = lengths.filter((length) => length <= cut).length;
    const expected = [undefined, [], ['192.0.2.1'], ['192.0.2.1', '192.0.2.2']][whole];
    expect(addressesOf(octets.subarray(0, cut))).toEqual(expected);
  }
});
