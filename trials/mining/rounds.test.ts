import { expect, test } from 'vitest';
import { benignScenarios } from './benign.ts';
import { execScenarios } from './exec-scenarios.ts';
import { PROGRAMS } from './programs.ts';
import { randomxScenarios, roundingScenarios } from './randomx-scenarios.ts';
import { batchesOf } from './rounds.ts';
import type { Scenario } from './scenario.ts';
import { shapeScenarios } from './shape-scenarios.ts';
import { weakScenarios } from './weak-scenarios.ts';

const scenario = (what: string, isLight: boolean): Scenario => ({
  family: 'any',
  what,
  expected: 'nothing',
  seconds: 1,
  isLight,
  begin: async () => new AsyncDisposableStack(),
});

test('each scenario is in one batch, with at most five busy ones; light ones are spread', () => {
  const busy = Array.from({ length: 12 }, (_, i) => scenario(`busy ${i}`, false));
  const light = Array.from({ length: 7 }, (_, i) => scenario(`light ${i}`, true));
  const batches = batchesOf([...light, ...busy]);
  expect(batches.map((batch) => batch.filter(({ isLight }) => !isLight).length)).toEqual([4, 4, 4]);
  expect(batches.map((batch) => batch.filter(({ isLight }) => isLight).length)).toEqual([3, 2, 2]);
  expect(new Set(batches.flat()).size).toBe(19);
  expect(batches.flat()).toHaveLength(19);
});

test('light scenarios alone are one batch', () => {
  expect(batchesOf([scenario('a', true), scenario('b', true)])).toHaveLength(1);
});

test('names of scenarios are unique within a class', () => {
  const all = [...randomxScenarios, ...execScenarios, ...benignScenarios, ...shapeScenarios];
  const names = all.map(({ family, what }) => `${family}: ${what}`);
  expect(new Set(names).size).toBe(names.length);
});

test('there are as many benign scenarios as miners, if all programs are installed', () => {
  const programs = Object.values(PROGRAMS).flatMap((each) => Object.keys(each));
  const others = [...roundingScenarios, ...weakScenarios, ...shapeScenarios.filter(isInnocent)];
  const miners = [...randomxScenarios, ...execScenarios, ...shapeScenarios].filter(
    (each) => !isInnocent(each),
  );
  expect(programs.length + others.length).toBeGreaterThanOrEqual(miners.length);
});

const isInnocent = ({ expected }: Scenario) => expected === 'nothing';
