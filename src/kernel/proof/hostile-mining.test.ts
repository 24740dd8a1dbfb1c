import { expect, test } from 'vitest';
import { hostileMiningPackets } from './hostile-mining.ts';

const packets = [...hostileMiningPackets(7, 5000)];
const share = (words: RegExp): number =>
  packets.filter(({ bytes }) => words.test(Buffer.from(bytes).toString('latin1'))).length /
  packets.length;

test('the same seed gives the same packets, and another seed gives others', () => {
  expect([...hostileMiningPackets(7, 50)]).toEqual(packets.slice(0, 50));
  expect([...hostileMiningPackets(8, 50)]).not.toEqual(packets.slice(0, 50));
});

test('each dialect has valid messages, and many messages are malformed', () => {
  for (const words of [
    /"method":"login"/,
    /"job_id"/,
    /eth_submitLogin/,
    /X-Mining/,
    /CONNECT pool/,
  ])
    expect(share(words)).toBeGreaterThan(0.03);
  expect(share(/\{{20}/)).toBeGreaterThan(0.05);
  expect(share(/\\{100}/)).toBeGreaterThan(0.05);
});

test('no packet exceeds the limit of a test run', () => {
  const lengths = packets.map(({ bytes }) => bytes.length);
  expect(Math.max(...lengths)).toBeGreaterThan(2500);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(3500);
});
