/** A JSON value. Keys are written in the order of the object. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** A reproducible number from 0 to 1. */
export type Random = () => number;

/** How a message is written. The parsed message is always the same. */
export interface JsonStyle {
  /** Keys in another order. */
  readonly isReordered?: boolean;
  /** White space wherever JSON allows it. */
  readonly isSpaced?: boolean;
  /** Some letters as \uXXXX. */
  readonly isEscaped?: boolean;
  /** Additional keys, some with long or nested values. */
  readonly hasMore?: boolean;
}

const SPACES = ['', ' ', '  ', '\t', '\n  '];

export function write(value: Json, style: JsonStyle, random: Random): string {
  const space = () => (style.isSpaced ? oneOf(SPACES, random) : '');
  if (typeof value === 'string') return text(value, style, random);
  if (value === null || typeof value !== 'object') return String(value);
  if (isList(value)) {
    const items = value.map((item) => `${space()}${write(item, style, random)}${space()}`);
    return `[${items.join(',')}]`;
  }
  const entries = [...Object.entries(value), ...(style.hasMore ? more(random) : [])];
  const ordered = style.isReordered ? shuffled(entries, random) : entries;
  const members = ordered.map(([key, member]) => {
    const name = `${space()}${text(key, style, random)}${space()}`;
    const inner = key === EXTRA ? {} : style;
    return `${name}:${space()}${write(member, inner, random)}${space()}`;
  });
  return `{${members.join(',')}}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function text(value: string, { isEscaped }: JsonStyle, random: Random): string {
  const plain = JSON.stringify(value);
  if (!isEscaped) return plain;
  const escaped = [...plain.slice(1, -1)].map((letter) =>
    /[a-z_.]/i.test(letter) && random() < 0.3 ? escapeOf(letter, random) : letter,
  );
  // A letter after a backslash is already an escape.
  return plain.includes('\\') ? plain : `"${escaped.join('')}"`;
}

function escapeOf(letter: string, random: Random): string {
  const digits = letter.charCodeAt(0).toString(16).padStart(4, '0');
  return `\\u${random() < 0.5 ? digits : digits.toUpperCase()}`;
}

const EXTRA = 'extra';

function more(random: Random): [string, Json][] {
  return [
    ['x', null],
    ['version', Math.floor(random() * 100) / 10],
    ['note', 'of no meaning, "quoted" \\ '.repeat(1 + Math.floor(random() * 3))],
    [EXTRA, { list: [1, [2, { three: true }], '}'], empty: {} }],
  ];
}

export function oneOf<T>(all: readonly T[], random: Random): T {
  const chosen = all[Math.floor(random() * all.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}

export function shuffled<T>(all: readonly T[], random: Random): T[] {
  return all
    .map((item) => [random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

/** Random characters in place of a hash, a wallet or a nonce. */
export function noise(length: number, random: Random, alphabet = '0123456789abcdef'): string {
  return Array.from({ length }, () => oneOf([...alphabet], random)).join('');
}
