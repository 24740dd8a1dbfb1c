import { expect, test } from 'vitest';
import { summarize } from './test-summary.ts';

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
});

test('passed, failed and skipped tests are counted over all files', () => {
  const report = {
    testResults: [file('passed', 'passed', 'pending'), file('failed', 'passed', 'failed')],
  };
  expect(summarize(report, 1)).toEqual({ line: '2 passed, 1 failed, 1 skipped', isSuccess: false });
});

test('zero skipped tests are not mentioned', () => {
  const report = { testResults: [file('passed', 'passed')] };
  expect(summarize(report, 0)).toEqual({ line: '1 passed, 0 failed', isSuccess: true });
});

test('a file that fails to load is one failure', () => {
  const report = { testResults: [file('passed', 'passed'), file('failed')] };
  expect(summarize(report, 1)).toEqual({ line: '1 passed, 1 failed', isSuccess: false });
});

test('an exit status without a failed test is one failure', () => {
  const report = { testResults: [file('passed', 'passed')] };
  expect(summarize(report, 1)).toEqual({ line: '1 passed, 1 failed', isSuccess: false });
});

test('a run without a passed test fails', () => {
  expect(summarize({ testResults: [] }, 0).isSuccess).toBe(false);
  expect(summarize({ testResults: [file('passed', 'pending')] }, 0).isSuccess).toBe(false);
});
