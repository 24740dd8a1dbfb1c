import { expect, test } from 'vitest';
import type { Ownership } from '../../ledger/attributed-tick.ts';
import type { Sighting } from '../sighting.ts';
import { UnownedSightings } from './unowned.ts';

function sighting(cgroupId: number, detail = ''): Sighting {
  return { signal: 'argv', cgroupId, seconds: 1, count: 1, detail };
}

const released = (held: UnownedSightings, ownership: Ownership) =>
  [...held.release(() => ownership)].map(({ detail }) => detail);

test('a sighting is held while its owner is pending, and returned once', () => {
  const held = new UnownedSightings();
  for (const detail of ['a', 'b']) held.hold(sighting(7, detail));
  expect(released(held, 'pending')).toEqual([]);
  expect(released(held, 'owned')).toEqual(['a', 'b']);
  expect(released(held, 'owned')).toEqual([]);
  expect(held.lost).toBe(0);
});

test('it is counted as lost if the cgroup ends first', () => {
  const held = new UnownedSightings();
  held.hold(sighting(7));
  expect(released(held, 'gone')).toEqual([]);
  expect(held.lost).toBe(1);
});

test('a sighting without an owner is not counted as lost', () => {
  const held = new UnownedSightings();
  held.hold(sighting(7));
  expect(released(held, 'nobody')).toEqual([]);
  expect(released(held, 'owned')).toEqual([]);
  expect(held.lost).toBe(0);
});

test('one cgroup cannot use up the limit of all', () => {
  const held = new UnownedSightings();
  for (let i = 0; i < 5000; i++) held.hold(sighting(7));
  held.hold(sighting(8, 'another'));
  expect(held.lost).toBe(5000 - 32);
  expect(released(held, 'owned')).toContain('another');
});

test('the total is limited, and free again after a release', () => {
  const held = new UnownedSightings();
  for (let cgroup = 0; cgroup < 5000; cgroup++) held.hold(sighting(cgroup));
  expect(held.lost).toBe(5000 - 4096);
  expect(released(held, 'owned')).toHaveLength(4096);
  held.hold(sighting(1, 'again'));
  expect(released(held, 'owned')).toEqual(['again']);
});
