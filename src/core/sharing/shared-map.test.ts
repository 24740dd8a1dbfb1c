import { expect, test } from 'vitest';
import { SharedMap } from './shared-map.ts';

function filled(max: number, holders: Readonly<Record<string, number>>): SharedMap<string, number> {
  const map = new SharedMap<string, number>(max);
  for (const [holder, count] of Object.entries(holders))
    for (let i = 0; i < count; i++) map.set(holder, `${holder}${i}`, i);
  return map;
}

const held = (map: SharedMap<string, number>, holder: string) =>
  [...map].filter(([key]) => key.startsWith(holder)).length;

test('the largest holder gives way, its oldest entry first, and no other', () => {
  const map = filled(100, { hog: 500, a: 30, b: 20 });
  expect([map.size, held(map, 'hog'), held(map, 'a'), held(map, 'b')]).toEqual([100, 50, 30, 20]);
  expect([map.get('hog449'), map.get('hog450')]).toEqual([undefined, 450]);
});

test('a single holder may have everything', () => {
  expect(held(filled(100, { hog: 100 }), 'hog')).toBe(100);
});

test('a flood takes nothing from smaller holders, in any order', () => {
  const map = filled(100, { a: 30, b: 20, hog: 10_000 });
  expect([held(map, 'hog'), held(map, 'a'), held(map, 'b')]).toEqual([50, 30, 20]);
});

test('many holders that want everything get equal parts', () => {
  const holders = Array.from('abcdefghij');
  const map = new SharedMap<string, number>(100);
  for (let i = 0; i < 1000; i++) for (const holder of holders) map.set(holder, `${holder}${i}`, i);
  expect(holders.map((holder) => held(map, holder))).toEqual(holders.map(() => 10));
});

test('there is room for a holder that would not lose an entry', () => {
  const map = filled(10, { hog: 8, a: 2 });
  expect([map.hasRoom('hog'), map.hasRoom('a'), map.hasRoom('new')]).toEqual([false, true, true]);
  expect(filled(10, { a: 5, b: 5 }).hasRoom('a')).toBe(false);
  map.delete('hog0');
  expect(map.hasRoom('hog')).toBe(true);
});

test('an entry that is set again is the latest, and belongs to its new holder', () => {
  const map = filled(3, { a: 3 });
  map.set('a', 'a0', 7);
  map.set('b', 'a1', 8);
  map.set('b', 'b', 9);
  expect([...map].map(([key]) => key).sort()).toEqual(['a0', 'a2', 'b']);
});
