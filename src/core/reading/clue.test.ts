import { expect, test } from 'vitest';
import { clue } from '../mining/observation.fixture.ts';
import { NewClues } from './clue.ts';

const named = (records: readonly { slot: number; atNs: number }[]) =>
  records.map(({ slot, atNs }) => `${slot}.${atNs}`);

test('each clue is returned once, even if the table still holds it', () => {
  const table = [clue({ slot: 1, atNs: 10 }), clue({ slot: 2, atNs: 20 })];
  const clues = new NewClues();
  expect(named(clues.of(table))).toEqual(['1.10', '2.20']);
  expect(clues.of(table)).toEqual([]);
  expect(named(clues.of([...table, clue({ slot: 3, atNs: 30 })]))).toEqual(['3.30']);
});

test('clues are ordered by time', () => {
  const clues = [30, 10, 20].map((atNs, slot) => clue({ slot, atNs }));
  expect(named(new NewClues().of(clues))).toEqual(['1.10', '2.20', '0.30']);
});

test('a slot that was freed may hold another clue', () => {
  const clues = new NewClues();
  clues.of([clue({ slot: 5, atNs: 10 })]);
  expect(named(clues.of([clue({ slot: 5, atNs: 50 })]))).toEqual(['5.50']);
  expect(clues.of([])).toEqual([]);
  expect(named(clues.of([clue({ slot: 5, atNs: 60 })]))).toEqual(['5.60']);
});
