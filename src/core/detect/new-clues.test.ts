import { expect, test } from 'vitest';
import { NewClues } from './new-clues.ts';
import { clue } from './observation.fixture.ts';

const named = (records: readonly { cpu: number; sequence: number }[]) =>
  records.map(({ cpu, sequence }) => `${cpu}.${sequence}`);

test('each clue of a ring is told once, however often the ring is read', () => {
  const ring = [clue({ sequence: 1 }), clue({ sequence: 2 })];
  const clues = new NewClues();
  expect(named(clues.of(ring))).toEqual(['0.1', '0.2']);
  expect(clues.of(ring)).toEqual([]);
  expect(named(clues.of([...ring, clue({ sequence: 3 })]))).toEqual(['0.3']);
});

test('each CPU counts for itself, and the order is that of the time', () => {
  const clues = new NewClues();
  clues.of([clue({ cpu: 0, sequence: 9 })]);
  const both = [clue({ cpu: 1, sequence: 1, atNs: 20 }), clue({ cpu: 0, sequence: 10, atNs: 10 })];
  expect(named(clues.of(both))).toEqual(['0.10', '1.1']);
});

test('a place that is being written, or never was, is passed over', () => {
  const clues = new NewClues();
  expect(clues.of([clue({ sequence: 0 })])).toEqual([]);
  expect(named(clues.of([clue({ sequence: 1 })]))).toEqual(['0.1']);
});

test('places of a ring come in any order, the overwritten ones among them', () => {
  const clues = new NewClues();
  const ring = [5, 6, 3, 4].map((sequence) => clue({ sequence, atNs: sequence }));
  expect(named(clues.of(ring))).toEqual(['0.3', '0.4', '0.5', '0.6']);
  expect(named(clues.of([5, 6, 7, 4].map((sequence) => clue({ sequence }))))).toEqual(['0.7']);
});
