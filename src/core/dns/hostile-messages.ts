import { type Below, belowFrom } from '../seeded-random.ts';
import {
  a,
  aaaa,
  cname,
  label,
  pointer,
  QNAME,
  QUESTION_AT,
  query,
  response,
  TYPES,
} from './compose.ts';
import type { DnsAnswer } from './message.ts';

const SHOP = 'web.shop.example';
const LONG = ['x'.repeat(63), 'y'.repeat(63), 'z'.repeat(63), '\0'.repeat(61)].join('.');

/** Valid messages, each with the expected result. */
export const WHOLE: readonly { readonly octets: Uint8Array; readonly answer?: DnsAnswer }[] = [
  { octets: query(SHOP) },
  { octets: query(LONG, TYPES.AAAA) },
  {
    octets: response(SHOP, [a(QNAME, '192.0.2.1'), a(QNAME, '192.0.2.2')]),
    answer: { name: SHOP, addresses: ['192.0.2.1', '192.0.2.2'] },
  },
  {
    octets: response(SHOP, [
      cname(QNAME, [...label('cdn'), ...pointer(QUESTION_AT + 4)]),
      cname('cdn.shop.example', 'edge.example'),
      aaaa('edge.example', [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]),
    ]),
    answer: { name: SHOP, addresses: ['2001:db8::1'] },
  },
  {
    octets: response(
      LONG,
      Array.from({ length: 34 }, (_, i) => a(QNAME, `198.51.100.${i}`)),
    ),
    answer: {
      name: LONG.replaceAll('\0', '\\000'),
      addresses: Array.from({ length: 32 }, (_, i) => `198.51.100.${i}`),
    },
  },
];

/** Queries and responses: a quarter are valid, the others have one to six faults. */
export function* hostileMessages(seed: number, count: number): Generator<Uint8Array> {
  const below = belowFrom(seed);
  for (let i = 0; i < count; i++) {
    const whole = WHOLE[below(WHOLE.length)]?.octets ?? new Uint8Array();
    let octets = whole.slice();
    for (let bends = below(4) === 0 ? 0 : 1 + below(6); bends > 0; bends--)
      octets = bend(octets, below);
    yield octets;
  }
}

/**
 * Replaces one or two octets with a random value, a pointer, a length or a count; or truncates the
 * message.
 */
function bend(octets: Uint8Array<ArrayBuffer>, below: Below): Uint8Array<ArrayBuffer> {
  const at = below(octets.length + 1);
  const put = (...changed: number[]): Uint8Array<ArrayBuffer> => {
    for (const [i, octet] of changed.entries()) octets[at + i] = octet; // ignored past the end
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
