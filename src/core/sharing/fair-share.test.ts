import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FairShare, INNER_TIMES, OUTER_TIMES, type Share, sharesByName } from './fair-share.ts';

const MAX = 9000;
const outer = (of: string): Share => ({ of, times: OUTER_TIMES });
const inner = (of: string): Share => ({ of, times: INNER_TIMES });
const LENT: Share = { of: 'lent', times: 1 / 2 };

/** Takes places for an owner until none is left. Returns their number. */
function fill(places: FairShare, shares: readonly Share[], most = MAX, cost = 1): number {
  let taken = 0;
  while (taken < most && places.hasRoom(cost, shares)) {
    places.reserve(cost, shares);
    taken += cost;
  }
  return taken;
}

describe('of a limited number of places', () => {
  test('one owner gets eight ninths, and others can take the rest', () => {
    const places = new FairShare(MAX);
    expect(fill(places, [outer('a')])).toBe(8000);
    expect(fill(places, [outer('b')])).toBe(889);
    expect(fill(places, [])).toBe(111);
    expect(places.hasRoom(1, [outer('c')])).toBe(false);
  });

  test('n owners that take all they can leave one part in 8n + 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), (owners) => {
        const places = new FairShare(MAX);
        const shares = Array.from({ length: owners }, (_, i) => [outer(String(i))]);
        // In turn, as in practice.
        for (let isMore = true; isMore; )
          isMore = shares.map((share) => fill(places, share, 1)).some((taken) => taken > 0);
        const free = MAX - places.held;
        expect(free).toBeGreaterThanOrEqual(Math.floor(MAX / (8 * owners + 1)));
        expect(places.hasRoom(1, [outer('new')])).toBe(true);
      }),
    );
  });

  test('all users together get at most a third, regardless of their number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), (users) => {
        const places = new FairShare(MAX);
        for (let i = 0; i < users; i++) fill(places, [LENT, inner(String(i))]);
        expect(places.held).toBeLessThanOrEqual(MAX / 3 + 1);
        // Root's own subtrees still get places.
        expect(fill(places, [outer('kubelet')])).toBeGreaterThan(0.59 * MAX);
        expect(places.hasRoom(1, [outer('/system.slice')])).toBe(true);
      }),
    );
  });

  test('of the users’ part, one user leaves some to the next', () => {
    const places = new FairShare(MAX);
    const [first, second] = ['1000', '1001'].map((user) => fill(places, [LENT, inner(user)]));
    expect(first).toBe(2250);
    expect(second).toBeGreaterThan(500);
  });

  test('a nested share leaves some of it to others', () => {
    const places = new FairShare(1000);
    const own = (namespace: string, name: string) =>
      sharesByName([outer('kubelet')], namespace, name);
    expect(fill(places, own('shop', 'scan'))).toBeGreaterThan(800);
    expect(fill(places, own('shop', 'web'))).toBeGreaterThan(15);
    expect(fill(places, own('bank', 'web'))).toBeGreaterThan(10);
    expect(fill(places, [outer('/system.slice')])).toBeGreaterThan(50);
  });

  test('after any sequence of take and give, the limit holds and nothing is left behind', () => {
    const shares = fc.array(
      fc.record({ of: fc.constantFrom('a', 'b', 'c'), times: fc.constantFrom(0.5, 8) }),
      { maxLength: 3 },
    );
    const claim = fc.record({ cost: fc.integer({ min: 1, max: 30 }), shares, stays: fc.boolean() });
    fc.assert(
      fc.property(fc.array(claim), (claims) => {
        const places = new FairShare(100);
        const taken = claims.filter(({ cost, shares }) => {
          const hasRoom = places.hasRoom(cost, shares);
          if (hasRoom) places.reserve(cost, shares);
          expect(places.held).toBeLessThanOrEqual(100);
          return hasRoom;
        });
        for (const { cost, shares } of taken) places.release(cost, shares);
        expect(places.held).toBe(0);
        const fresh = new FairShare(100);
        for (const { cost, shares } of claims)
          expect(places.hasRoom(cost, shares)).toBe(fresh.hasRoom(cost, shares));
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
