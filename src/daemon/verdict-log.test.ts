import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import { finding as given } from '../core/mining/findings.fixture.ts';
import { type Finding, verdictOf } from '../core/mining/verdict/finding.ts';
import { VerdictLog } from './verdict-log.ts';

const MINUTE_MS = 60_000;

let logged: Record<string, unknown>[];
let verdicts: VerdictLog;

beforeEach(() => {
  logged = [];
  const formatters = { level: (label: string) => ({ level: label }) };
  const write = (line: string) => void logged.push(JSON.parse(line));
  verdicts = new VerdictLog(pino({ base: null, timestamp: false, formatters }, { write }));
});

function finding(score: number, different: Partial<Finding> = {}): Finding {
  return given({ pod: 'web', score, verdict: verdictOf(score), ...different });
}

/** Shows the scores one after the other, a minute apart, and returns what was logged of them. */
function linesOf(...scores: readonly number[]): string[] {
  for (const [minute, score] of scores.entries())
    verdicts.observe([finding(score)], minute * MINUTE_MS);
  return logged.map(({ level, verdict, score }) => `${level} ${verdict} ${score}`);
}

test('each threshold is told once on the way up', () => {
  expect(linesOf(20, 49, 50, 70, 70, 90, 100, 90)).toEqual([
    'warn suspicious 50',
    'warn mining 90',
  ]);
  expect(linesOf(20, 20)).toHaveLength(2);
});

test('the line has what a rule can be written for, and nothing that a process wrote', () => {
  verdicts.observe([finding(90)], 0);
  expect(logged).toEqual([
    {
      level: 'warn',
      namespace: 'shop',
      pod: 'web',
      score: 90,
      verdict: 'mining',
      signals: ['randomx', 'pool_name'],
      msg: 'shop/web appears to be mining; run vigia findings for the evidence',
    },
  ]);
});

test('a fall is told once it has lasted ten minutes', () => {
  expect(linesOf(90, ...Array(9).fill(70), 70, 40, ...Array(9).fill(40))).toEqual([
    'warn mining 90',
    'info suspicious 70',
    'info noted 40',
  ]);
});

test('a score that flaps around a threshold is told once', () => {
  expect(linesOf(...Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 80 : 79)))).toEqual([
    'warn mining 80',
  ]);
});

test('a pod that may mine is not told of', () => {
  verdicts.observe([finding(0, { verdict: 'allowed' })], 0);
  expect(logged).toEqual([]);
});

test('a pod whose evidence is gone is told anew when it comes again', () => {
  verdicts.observe([finding(90)], 0);
  verdicts.observe([], 1);
  verdicts.observe([finding(90)], 2);
  expect(logged).toHaveLength(2);
});

test('a flood of pods is told thirty a minute, and none is left out in the end', () => {
  const many = Array.from({ length: 70 }, (_, i) => finding(90, { pod: `web-${i}` }));
  const after: number[] = [];
  for (let ms = 0; ms < 3 * MINUTE_MS; ms += 1000) {
    verdicts.observe(many, ms);
    if (ms % MINUTE_MS === 0) after.push(logged.length);
  }
  expect(after).toEqual([30, 60, 70]);
  expect(new Set(logged.map(({ pod }) => pod)).size).toBe(70);
});

test('a name of any bytes is escaped and cut', () => {
  verdicts.observe([finding(90, { namespace: 'a\u202eb', pod: '\n'.repeat(5000) })], 0);
  const [{ namespace, pod, msg } = {}] = logged;
  expect(namespace).toBe('a\\u{202e}b');
  expect(String(pod)).toMatch(/^(\\x0a)+.*…$/);
  expect(String(msg).length).toBeLessThan(400);
});
