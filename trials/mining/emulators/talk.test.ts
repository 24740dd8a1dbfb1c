import { expect, test } from 'vitest';
import { randomFrom } from '../../../src/core/seeded-random.ts';
import { EVASIONS, type Segment, segmentsOf } from './evasions.ts';
import { GRAMMARS } from './grammars.ts';
import { play } from './talk.ts';

test.each(['127.0.0.1', '::1'])('over %s each segment arrives as it was sent', async (address) => {
  const random = randomFrom(5);
  const how = EVASIONS['split at random'] ?? {};
  const session = segmentsOf(GRAMMARS['CryptoNote over SOCKS']?.(random) ?? [], how, random);
  const received: Segment[] = [];
  const port = await play(session, address, (segment) => received.push(segment));
  expect(port).toBeGreaterThan(0);
  expect(received).toEqual(session);
});
