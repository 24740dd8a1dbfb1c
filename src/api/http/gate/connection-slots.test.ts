import { beforeEach, describe, expect, test } from 'vitest';
import type { Occupant } from './address-group.ts';
import { ConnectionSlots, type SlotGrant } from './connection-slots.ts';

const SHARES = { perAddress: 2, total: 4, open: 6 };
const GRACE_MS = 100;

interface Fake extends Occupant {
  readonly name: string;
}

let slots: ConnectionSlots<Fake>;

beforeEach(() => {
  slots = new ConnectionSlots(SHARES);
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
  slots.add(fake);
  return fake;
}

/** A connection without any data read. */
function unread(name: string, sinceMs: number): void {
  const fake = open(name, sinceMs);
  slots.remove(fake);
  slots.add({ ...fake, isUnread: true });
}

function closed({ instead }: SlotGrant<Fake>): Fake {
  if (!instead) throw new Error('none was to be closed');
  return instead;
}

function assign(fake: Fake): string {
  const { isAdmitted, instead } = slots.assign(fake, 1000);
  return isAdmitted ? (instead?.name ?? 'free') : 'refused';
}

/** Slots for connections that have had their first request. */
function holding(name: string, sinceMs: number | undefined, readingSinceMs?: number): void {
  assign(open(name, sinceMs, readingSinceMs));
}

describe('a first request', () => {
  test('gets a slot while there is one, and keeps it', () => {
    const first = open('a1', 0);
    expect([assign(first), assign(first)]).toEqual(['free', 'free']);
  });

  test('beyond the share of its address takes the slot of its longest waiting connection', () => {
    holding('a1', 20);
    holding('a2', 10);
    holding('b1', 0);
    expect(assign(open('a3', 30))).toBe('a2');
    expect(assign(open('a4', 40))).toBe('a1');
  });

  test('is refused if all connections of its address wait for a response', () => {
    holding('a1', undefined);
    holding('a2', undefined);
    expect(assign(open('a3', 0))).toBe('refused');
    expect(assign(open('b1', 0))).toBe('free');
  });

  test('takes a slot of the address with the most, if all are taken', () => {
    holding('a1', 10);
    holding('b1', 30);
    holding('b2', 20);
    holding('c1', 0);
    expect(assign(open('d1', 40))).toBe('b2');
    expect(assign(open('e1', 50))).toBe('c1');
  });

  test('skips connections whose clients wait for a response', () => {
    holding('b1', undefined);
    holding('b2', undefined);
    holding('a1', 10);
    holding('c1', 20);
    expect(assign(open('d1', 0))).toBe('a1');
  });

  test('of an address without a slot takes one of a reading client, if none waits', () => {
    holding('b1', undefined, 20);
    holding('b2', undefined, 10);
    holding('a1', undefined, 0);
    holding('c1', undefined);
    expect(assign(open('c2', 0))).toBe('refused');
    expect(assign(open('d1', 0))).toBe('b2');
  });

  test('never takes the slot of a connection whose response is being made', () => {
    for (const name of ['a1', 'a2', 'b1', 'b2']) holding(name, undefined);
    expect(assign(open('d1', 0))).toBe('refused');
  });
});

describe('open connections', () => {
  test('beyond the limit close the longest waiting one of the address with the most', () => {
    for (const [i, name] of ['a1', 'b1', 'b2', 'b3', 'c1', 'c2'].entries()) open(name, i);
    expect(slots.admit(1000)).toMatchObject({ isAdmitted: true, instead: { name: 'b1' } });
  });

  test('beyond the limit close waiting ones, regardless of the number of others', () => {
    for (const name of ['a1', 'a2', 'a3']) open(name, undefined);
    for (const [i, name] of ['b1', 'a4', 'a5'].entries()) open(name, i);
    expect(slots.admit(1000)).toMatchObject({ instead: { name: 'a4' } });
    slots.remove(closed(slots.admit(1000)));
    expect(slots.admit(1000)).toMatchObject({ isAdmitted: true });
    open('c1', 3);
    expect(slots.admit(1000)).toMatchObject({ instead: { name: 'b1' } });
  });

  test('beyond the limit close last if their data has not been read yet', () => {
    for (const name of ['a1', 'a2', 'b1', 'b2', 'b3']) unread(name, 0);
    open('a3', 999);
    expect(slots.admit(1000)).toMatchObject({ instead: { name: 'a3' } });
    slots.remove(closed(slots.admit(1000)));
    unread('c1', 999);
    expect(slots.admit(1000)).toMatchObject({ instead: { name: 'b1' } });
  });

  test('are refused if none waits for its client', () => {
    for (const name of ['a1', 'b1', 'b2', 'b3', 'c1', 'c2']) open(name, undefined);
    expect(slots.admit(1000)).toEqual({ isAdmitted: false });
  });

  test('beyond the shares close, the longest waiting first, after their grace', () => {
    for (const [i, name] of ['a1', 'a2', 'a3', 'a4'].entries()) open(name, i);
    open('a5', 950);
    const names = (nowMs: number) => slots.surplus(nowMs).map(({ name }) => name);
    expect(names(50)).toEqual([]);
    expect(names(1000)).toEqual(['a1', 'a2']);
    expect(names(2000)).toEqual(['a1', 'a2', 'a3']);
  });

  test('beyond the total close, those of the addresses with the most first', () => {
    for (const [i, name] of ['a1', 'b1', 'b2', 'c1', 'd1'].entries()) open(name, i);
    expect(slots.surplus(1000).map(({ name }) => name)).toEqual(['b1']);
  });

  test('whose clients wait for a response stay', () => {
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) open(name, undefined);
    expect(slots.surplus(1000)).toEqual([]);
  });

  test('are crowded beyond the share of their address or the total', () => {
    open('a1', 0);
    open('a2', 0);
    expect([slots.isCrowded('a'), slots.isAnyCrowded]).toEqual([false, false]);
    const third = open('a3', 0);
    expect([slots.isCrowded('a'), slots.isCrowded('b'), slots.isAnyCrowded]).toEqual([
      true,
      false,
      true,
    ]);
    slots.remove(third);
    expect(slots.isAnyCrowded).toBe(false);
  });
});
