import { isIP } from 'node:net';
import { expect, test } from 'vitest';
import { hostileMessages, WHOLE } from './hostile-messages.ts';
import { parseAnswer } from './message.ts';

const COUNT = 100_000;

const textOf = (octets: Uint8Array): string => Buffer.from(octets).toString('latin1');

test('malformed messages never yield an invalid name or address, nor more than 32 addresses', () => {
  const expected = new Map(WHOLE.map(({ octets, answer }) => [textOf(octets), answer]));
  const met = new Set<string>();
  const broken: string[] = [];
  let read = 0;
  for (const octets of hostileMessages(11, COUNT)) {
    const answer = parseAnswer(octets);
    const key = textOf(octets);
    if (answer) {
      const { name, addresses } = answer;
      const isName = name.length <= 1100 && /^[\x21-\x7e]*$/.test(name);
      const areAddresses = addresses.length <= 32 && addresses.every((each) => isIP(each) !== 0);
      if (!isName || !areAddresses) broken.push(Buffer.from(octets).toString('hex'));
      read++;
    }
    if (expected.has(key) && !met.has(key)) {
      met.add(key);
      expect(answer).toEqual(expected.get(key));
    }
  }
  expect(broken).toEqual([]);
  expect(met.size).toBe(WHOLE.length);
  expect(read).toBeGreaterThan(COUNT / 10);
}, 10_000);

test('the same seed yields the same messages', () => {
  const [once, again] = [hostileMessages(3, 500), hostileMessages(3, 500)].map((all) => [...all]);
  expect(once).toEqual(again);
  expect(once).not.toEqual([...hostileMessages(4, 500)]);
});
