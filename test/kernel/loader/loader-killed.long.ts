import { test } from 'vitest';
import { takeOverAfterKills, undoAfterKills } from '../../../lab/scene/killed-loads.ts';

test('a load that is killed before any of its steps is undone by an unload', () =>
  undoAfterKills(1));

test('a load that is killed before any of its steps is repaired by the next', () =>
  takeOverAfterKills(1));
