import { test } from 'vitest';
import { expectNoneLostIn } from '../../../lab/scene/hand-overs.ts';

test('each packet is counted once in five hundred hand-overs between generations', () =>
  expectNoneLostIn(500));
