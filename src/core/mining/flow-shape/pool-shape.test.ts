import { expect, test } from 'vitest';
import { randomFrom } from '../../seeded-random.ts';
import { rhythmOf } from './flow-rhythm.ts';
import { turnsOf } from './flow-turns.ts';
import { poolShapeOf } from './pool-shape.ts';

type Moment = readonly [sent: number, received: number];

const QUIET: Moment = [0, 0];
const SHARE: Moment = [250, 90];
const JOB: Moment = [0, 600];

/** Eight minutes with traffic in some of the moments. */
function momentsOf(messages: Readonly<Record<number, Moment>>) {
  const all = Array.from({ length: 96 }, (_, i) => messages[i] ?? QUIET);
  return { sent: all.map(([sent]) => sent), received: all.map(([, received]) => received) };
}

function at(indexes: readonly number[], moment: Moment): Record<number, Moment> {
  return Object.fromEntries(indexes.map((i) => [i, moment]));
}

const IRREGULAR = [1, 5, 17, 20, 21, 34, 48, 52, 60, 66, 71, 88];
const POOL = { ...at(IRREGULAR, SHARE), ...at([10, 40, 80], JOB) };

const turnsIn = (messages: Readonly<Record<number, Moment>>) =>
  turnsOf(momentsOf(messages), rhythmOf(momentsOf(messages)));

test('irregular shares with replies, and jobs between them, match a pool', () => {
  expect(poolShapeOf(momentsOf(POOL))).toEqual(
    expect.objectContaining({ sends: 12, pushes: 3, usualSend: 250 }),
  );
});

test.each<[string, Readonly<Record<number, Moment>>]>([
  [
    'a clock',
    {
      ...at(
        [...Array(12).keys()].map((i) => 4 + 8 * i),
        SHARE,
      ),
      ...at([10, 41], JOB),
    },
  ],
  ['without jobs', at(IRREGULAR, SHARE)],
  ['of which few are answered', { ...POOL, ...at([5, 34, 52, 60], [250, 0]) }],
  ['with as much unanswered as unasked', { ...at(IRREGULAR, SHARE), 52: [250, 0], 10: JOB }],
  ['of a few bytes', { ...POOL, ...at(IRREGULAR, [40, 40]) }],
  ['with pushes of a few bytes', { ...POOL, ...at([10, 40, 80], [0, 20]) }],
  ['with a download', { ...POOL, 90: [300, 100_000] }],
  ['of the first minutes alone', { ...at([1, 2, 5, 9, 13, 15], SHARE), 11: JOB }],
  ['four alone', { ...at([1, 20, 52, 88], SHARE), ...at([10, 40, 80], JOB) }],
  ['all the time', { ...at([...Array(93).keys()], SHARE), 95: JOB }],
])('messages %s do not match', (_what, messages) => {
  expect(poolShapeOf(momentsOf(messages))).toBeUndefined();
});

test('random sends are irregular at any rate; a clock is not, at any period and phase', () => {
  const random = randomFrom(5);
  for (const mean of [2, 4, 8]) {
    const scattered = [...Array(2000).keys()].filter(() => random() < 1 / mean);
    expect(irregularityAt(scattered)).toBeGreaterThan(0.7);
  }
  for (let period = 1.2; period < 12; period += 0.37) {
    const clock = [...Array(60).keys()].map((i) => Math.floor(0.3 + i * period));
    expect(irregularityAt(clock)).toBeLessThan(0.02);
  }
});

function irregularityAt(sends: readonly number[]): number {
  const sent = Array<number>((sends.at(-1) ?? 0) + 1).fill(0);
  for (const i of sends) sent[i] = 1;
  return rhythmOf({ sent, received: sent }).irregularity;
}

test('a late reply is not a push, nor is the reply to a long poll', () => {
  const late = { ...at(IRREGULAR, SHARE), 34: [250, 0], 35: [0, 90] } as const;
  expect(turnsIn(late)).toMatchObject({ unanswered: 0, pushes: 0, surplus: 0 });
  const waited = { ...at(IRREGULAR, SHARE), 40: [0, 600], 41: [250, 0], 45: [0, 90] } as const;
  expect(turnsIn(waited)).toMatchObject({ pushes: 1, surplus: 1 });
});

test('a job in the moment of a share is recognized if the other replies are alike', () => {
  expect(turnsIn({ ...at(IRREGULAR, SHARE), 34: [250, 690] })).toMatchObject({
    ...{ pushes: 1, hasClearPush: true, surplus: 1, usualPush: 600 },
  });
  const answers = IRREGULAR.map((i, n): [number, Moment] => [i, [250, 90 + 120 * n]]);
  expect(turnsIn(Object.fromEntries(answers))).toMatchObject({ pushes: 0 });
});
