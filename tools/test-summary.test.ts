import { expect, test } from 'vitest';
import { slowestFiles, summarize } from './test-summary.ts';

const file = (status: string, ...tests: string[]) => ({
  status,
  name: '/checkout/test/some.test.ts',
  startTime: 0,
  endTime: 0,
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

test('the slowest files are named, slowest first', () => {
  const took = (name: string, seconds: number) => ({
    ...file('passed', 'passed'),
    name: `/checkout/test/${name}`,
    startTime: 5000,
    endTime: 5000 + seconds * 1000,
  });
  const report = {
    testResults: [took('b.test.ts', 1.25), took('a.test.ts', 90), took('c.test.ts', 1)],
  };
  expect(slowestFiles(report, '/checkout', 2)).toEqual([
    '   90.0 s  test/a.test.ts',
    '    1.3 s  test/b.test.ts',
  ]);
});
