import { compare, hashSync } from 'bcryptjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { Passwords } from './passwords.ts';

const [CHEAP, DEAR] = [hashSync('secret', 4), hashSync('other', 5)];
const USERS = new Map([
  ['alice', CHEAP],
  ['bob', DEAR],
]);

/** Hashes that passwords were compared with. */
let compared: string[];
let underWay: number;
let most: number;
let passwords: Passwords;

beforeEach(() => {
  [compared, underWay, most] = [[], 0, 0];
  passwords = new Passwords(USERS, async (password, hash) => {
    compared.push(hash);
    most = Math.max(most, ++underWay);
    const isRight = await compare(password, hash);
    underWay--;
    return isRight;
  });
});

describe('a password', () => {
  test('is right or wrong, and is compared once', async () => {
    for (let i = 0; i < 3; i++) {
      expect(await passwords.check('alice', 'secret', 'a')).toBe('right');
      expect(await passwords.check('alice', 'other', 'a')).toBe('wrong');
      expect(await passwords.check('bob', 'other', 'a')).toBe('right');
    }
    expect(compared).toEqual([CHEAP, CHEAP, DEAR]);
  });

  test('of an unknown user is compared with the slowest hash, and is wrong', async () => {
    expect(await passwords.check('eve', 'other', 'a')).toBe('wrong');
    expect(compared).toEqual([DEAR]);
  });

  test('in concurrent requests is compared once', async () => {
    const checks = Array.from({ length: 20 }, (_, i) => passwords.check('alice', 'secret', `${i}`));
    expect(new Set(await Promise.all(checks))).toEqual(new Set(['right']));
    expect(compared).toEqual([CHEAP]);
  });

  test('is not confused with a different user and password of the same text', async () => {
    const odd = new Passwords(new Map([['a', hashSync('b\0c', 4)]]));
    expect(await odd.check('a', 'b\0c', 'x')).toBe('right');
    expect(await odd.check('a\0b', 'c', 'x')).toBe('wrong');
  });
});

describe('guesses', () => {
  test('are compared one at a time, and only a few per address', async () => {
    const guesses = Array.from({ length: 12 }, (_, i) => passwords.check('alice', `${i}`, 'a'));
    const verdicts = await Promise.all(guesses);
    expect(verdicts.filter((verdict) => verdict === 'wrong')).toHaveLength(5);
    expect(verdicts.filter((verdict) => verdict === 'late')).toHaveLength(7);
    expect([compared.length, most]).toEqual([5, 1]);
    expect(await passwords.check('alice', 'secret', 'b')).toBe('right');
  });

  test('from many addresses wait in a short queue', async () => {
    const guesses = Array.from({ length: 40 }, (_, i) => passwords.check('eve', `${i}`, `${i}`));
    const verdicts = await Promise.all(guesses);
    expect(verdicts.filter((verdict) => verdict === 'wrong')).toHaveLength(16);
  });

  test('use at most a fifth of a CPU', async () => {
    const slow = new Passwords(USERS, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return false;
    });
    const beganMs = performance.now();
    await Promise.all(['1', '2', '3'].map((guess) => slow.check('eve', guess, 'a')));
    expect(performance.now() - beganMs).toBeGreaterThan(2 * 100);
  });

  test('do not evict correct passwords', async () => {
    await passwords.check('alice', 'secret', 'a');
    const quick = new Passwords(USERS, async (password) => password === 'secret');
    await quick.check('alice', 'secret', 'a');
    for (let i = 0; i < 600; i++) await quick.check('eve', `${i}`, `${i}`);
    expect(await quick.check('alice', 'secret', 'a')).toBe('right');
  });
});
