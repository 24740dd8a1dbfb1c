import { test } from 'vitest';
import { expectNoneLostIn } from '../support/hand-overs.ts';

test('each packet is counted once in forty hand-overs between generations', () =>
  expectNoneLostIn(40));
