import { beforeEach, describe, expect, test } from 'vitest';
import type { Occupant } from './address-group.ts';
import { type Admission, Places } from './places.ts';

const SHARES = { perAddress: 2, total: 4, open: 6 };
const GRACE_MS = 100;

interface Fake extends Occupant {
  readonly name: string;
}

let places: Places<Fake>;

beforeEach(() => {
  places = new Places(SHARES);
});

/** Has waited for its client since `sinceMs`. Undefined: its client waits for a response, or reads it. */
function open(name: string, sinceMs: number | undefined, readingSinceMs?: number): Fake {
  const agoMs = (thenMs: number | undefined) => (nowMs: number) =>
    thenMs === undefined ? undefined : nowMs - thenMs;
  const fake = {
    name,
    address: name.slice(0, 1),
    isUnread: false,
    dueMs: (sinceMs ?? 0) + GRACE_MS,
    waitedMs: agoMs(sinceMs),
    readingMs: agoMs(readingSinceMs),
  };
  places.add(fake);
  return fake;
}

/** A connection without any data read. */
function unread(name: string, sinceMs: number): void {
  const fake = open(name, sinceMs);
  places.remove(fake);
  places.add({ ...fake, isUnread: true });
}

function closed({ instead }: Admission<Fake>): Fake {
  if (!instead) throw new Error('none was to be closed');
  return instead;
}

function place(fake: Fake): string {
  const { isAdmitted, instead } = places.place(fake, 1000);
  return isAdmitted ? (instead?.name ?? 'free') : 'refused';
}

/** Places for connections that have had their first request. */
function placed(name: string, sinceMs: number | undefined, readingSinceMs?: number): void {
  place(open(name, sinceMs, readingSinceMs));
}

describe('a first request', () => {
  test('gets a place while there is one, and keeps it', () => {
    const first = open('a1', 0);
    expect([place(first), place(first)]).toEqual(['free', 'free']);
  });

  test('beyond the share of its address takes the place of its longest waiting connection', () => {
    placed('a1', 20);
    placed('a2', 10);
    placed('b1', 0);
    expect(place(open('a3', 30))).toBe('a2');
    expect(place(open('a4', 40))).toBe('a1');
  });

  test('is refused if all connections of its address wait for a response', () => {
    placed('a1', undefined);
    placed('a2', undefined);
    expect(place(open('a3', 0))).toBe('refused');
    expect(place(open('b1', 0))).toBe('free');
  });

  test('takes a place of the address with the most, if all are taken', () => {
    placed('a1', 10);
    placed('b1', 30);
    placed('b2', 20);
    placed('c1', 0);
    expect(place(open('d1', 40))).toBe('b2');
    expect(place(open('e1', 50))).toBe('c1');
  });

  test('skips connections whose clients wait for a response', () => {
    placed('b1', undefined);
    placed('b2', undefined);
    placed('a1', 10);
    placed('c1', 20);
    expect(place(open('d1', 0))).toBe('a1');
  });

  test('of an address without a place takes one of a reading client, if none waits', () => {
    placed('b1', undefined, 20);
    placed('b2', undefined, 10);
    placed('a1', undefined, 0);
    placed('c1', undefined);
    expect(place(open('c2', 0))).toBe('refused');
    expect(place(open('d1', 0))).toBe('b2');
  });

  test('never takes the place of a connection whose response is being made', () => {
    for (const name of ['a1', 'a2', 'b1', 'b2']) placed(name, undefined);
    expect(place(open('d1', 0))).toBe('refused');
  });
});

describe('open connections', () => {
  test('beyond the limit close the longest waiting one of the address with the most', () => {
    for (const [i, name] of ['a1', 'b1', 'b2', 'b3', 'c1', 'c2'].entries()) open(name, i);
    expect(places.admit(1000)).toMatchObject({ isAdmitted: true, instead: { name: 'b1' } });
  });

  test('beyond the limit close waiting ones, regardless of the number of others', () => {
    for (const name of ['a1', 'a2', 'a3']) open(name, undefined);
    for (const [i, name] of ['b1', 'a4', 'a5'].entries()) open(name, i);
    expect(places.admit(1000)).toMatchObject({ instead: { name: 'a4' } });
    places.remove(closed(places.admit(1000)));
    expect(places.admit(1000)).toMatchObject({ isAdmitted: true });
    open('c1', 3);
    expect(places.admit(1000)).toMatchObject({ instead: { name: 'b1' } });
  });

  test('beyond the limit close last if their data has not been read yet', () => {
    for (const name of ['a1', 'a2', 'b1', 'b2', 'b3']) unread(name, 0);
    open('a3', 999);
    expect(places.admit(1000)).toMatchObject({ instead: { name: 'a3' } });
    places.remove(closed(places.admit(1000)));
    unread('c1', 999);
    expect(places.admit(1000)).toMatchObject({ instead: { name: 'b1' } });
  });

  test('are refused if none waits for its client', () => {
    for (const name of ['a1', 'b1', 'b2', 'b3', 'c1', 'c2']) open(name, undefined);
    expect(places.admit(1000)).toEqual({ isAdmitted: false });
  });

  test('beyond the shares close, the longest waiting first, after their grace', () => {
    for (const [i, name] of ['a1', 'a2', 'a3', 'a4'].entries()) open(name, i);
    open('a5', 950);
    const names = (nowMs: number) => places.surplus(nowMs).map(({ name }) => name);
    expect(names(50)).toEqual([]);
    expect(names(1000)).toEqual(['a1', 'a2']);
    expect(names(2000)).toEqual(['a1', 'a2', 'a3']);
  });

  test('beyond the total close, those of the addresses with the most first', () => {
    for (const [i, name] of ['a1', 'b1', 'b2', 'c1', 'd1'].entries()) open(name, i);
    expect(places.surplus(1000).map(({ name }) => name)).toEqual(['b1']);
  });

  test('whose clients wait for a response stay', () => {
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) open(name, undefined);
    expect(places.surplus(1000)).toEqual([]);
  });

  test('are crowded beyond the share of their address or the total', () => {
    open('a1', 0);
    open('a2', 0);
    expect([places.isCrowded('a'), places.isAnyCrowded]).toEqual([false, false]);
    const third = open('a3', 0);
    expect([places.isCrowded('a'), places.isCrowded('b'), places.isAnyCrowded]).toEqual([
      true,
      false,
      true,
    ]);
    places.remove(third);
    expect(places.isAnyCrowded).toBe(false);
  });
});
