import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FairShare, INNER_TIMES, OUTER_TIMES, type Share, sharesByName } from './fair-share.ts';

const MAX = 9000;
const outer = (of: string): Share => ({ of, times: OUTER_TIMES });
const inner = (of: string): Share => ({ of, times: INNER_TIMES });
const LENT: Share = { of: 'lent', times: 1 / 2 };

/** Takes slots for an owner until none is left. Returns their number. */
function fill(slots: FairShare, shares: readonly Share[], most = MAX, cost = 1): number {
  let taken = 0;
  while (taken < most && slots.hasRoom(cost, shares)) {
    slots.reserve(cost, shares);
    taken += cost;
  }
  return taken;
}

describe('of a limited number of slots', () => {
  test('one owner gets eight ninths, and others can take the rest', () => {
    const slots = new FairShare(MAX);
    expect(fill(slots, [outer('a')])).toBe(8000);
    expect(fill(slots, [outer('b')])).toBe(889);
    expect(fill(slots, [])).toBe(111);
    expect(slots.hasRoom(1, [outer('c')])).toBe(false);
  });

  test('n owners that take all they can leave one part in 8n + 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), (owners) => {
        const slots = new FairShare(MAX);
        const shares = Array.from({ length: owners }, (_, i) => [outer(String(i))]);
        // In turn, as in practice.
        for (let isMore = true; isMore; )
          isMore = shares.map((share) => fill(slots, share, 1)).some((taken) => taken > 0);
        const free = MAX - slots.held;
        expect(free).toBeGreaterThanOrEqual(Math.floor(MAX / (8 * owners + 1)));
        expect(slots.hasRoom(1, [outer('new')])).toBe(true);
      }),
    );
  });

  test('all users together get at most a third, regardless of their number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), (users) => {
        const slots = new FairShare(MAX);
        for (let i = 0; i < users; i++) fill(slots, [LENT, inner(String(i))]);
        expect(slots.held).toBeLessThanOrEqual(MAX / 3 + 1);
        // Root's own subtrees still get slots.
        expect(fill(slots, [outer('kubelet')])).toBeGreaterThan(0.59 * MAX);
        expect(slots.hasRoom(1, [outer('/system.slice')])).toBe(true);
      }),
    );
  });

  test('of the users’ part, one user leaves some to the next', () => {
    const slots = new FairShare(MAX);
    const [first, second] = ['1000', '1001'].map((user) => fill(slots, [LENT, inner(user)]));
    expect(first).toBe(2250);
    expect(second).toBeGreaterThan(500);
  });

  test('a nested share leaves some of it to others', () => {
    const slots = new FairShare(1000);
    const own = (namespace: string, name: string) =>
      sharesByName([outer('kubelet')], namespace, name);
    expect(fill(slots, own('shop', 'scan'))).toBeGreaterThan(800);
    expect(fill(slots, own('shop', 'web'))).toBeGreaterThan(15);
    expect(fill(slots, own('bank', 'web'))).toBeGreaterThan(10);
    expect(fill(slots, [outer('/system.slice')])).toBeGreaterThan(50);
  });

  test('after any sequence of take and give, the limit holds and nothing is left behind', () => {
    const shares = fc.array(
      fc.record({ of: fc.constantFrom('a', 'b', 'c'), times: fc.constantFrom(0.5, 8) }),
      { maxLength: 3 },
    );
    const claim = fc.record({ cost: fc.integer({ min: 1, max: 30 }), shares, stays: fc.boolean() });
    fc.assert(
      fc.property(fc.array(claim), (claims) => {
        const slots = new FairShare(100);
        const taken = claims.filter(({ cost, shares }) => {
          const hasRoom = slots.hasRoom(cost, shares);
          if (hasRoom) slots.reserve(cost, shares);
          expect(slots.held).toBeLessThanOrEqual(100);
          return hasRoom;
        });
        for (const { cost, shares } of taken) slots.release(cost, shares);
        expect(slots.held).toBe(0);
        const fresh = new FairShare(100);
        for (const { cost, shares } of claims)
          expect(slots.hasRoom(cost, shares)).toBe(fresh.hasRoom(cost, shares));
      }),
    );
  });
});

test('names are nested only in the outermost share', () => {
  expect(sharesByName([LENT, inner('x')], 'shop', 'web')).toEqual([
    LENT,
    inner('name shop'),
    inner('name shop\0web'),
  ]);
  expect(sharesByName([], '', 'web')).toHaveLength(2);
});
