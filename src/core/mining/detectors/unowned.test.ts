import { expect, test } from 'vitest';
import type { Sighting } from '../sighting.ts';
import { type Ownership, UnownedSightings } from './unowned.ts';

function sighting(cgroupId: number, detail = ''): Sighting {
  return { signal: 'argv', cgroupId, seconds: 1, count: 1, detail };
}

const released = (held: UnownedSightings, ownership: Ownership) =>
  [...held.release(() => ownership)].map(({ detail }) => detail);

test('what was seen is held while its owner may still become known, and given back once', () => {
  const held = new UnownedSightings();
  for (const detail of ['a', 'b']) held.hold(sighting(7, detail));
  expect(released(held, 'pending')).toEqual([]);
  expect(released(held, 'owned')).toEqual(['a', 'b']);
  expect(released(held, 'owned')).toEqual([]);
  expect(held.lost).toBe(0);
});

test('it is lost, and counted, where the cgroup goes first', () => {
  const held = new UnownedSightings();
  held.hold(sighting(7));
  expect(released(held, 'gone')).toEqual([]);
  expect(held.lost).toBe(1);
});

test('what turns out to be no pod’s is no loss', () => {
  const held = new UnownedSightings();
  held.hold(sighting(7));
  expect(released(held, 'nobody')).toEqual([]);
  expect(released(held, 'owned')).toEqual([]);
  expect(held.lost).toBe(0);
});

test('one cgroup cannot take the room of all', () => {
  const held = new UnownedSightings();
  for (let i = 0; i < 5000; i++) held.hold(sighting(7));
  held.hold(sighting(8, 'another'));
  expect(held.lost).toBe(5000 - 32);
  expect(released(held, 'owned')).toContain('another');
});

test('the room is bounded, and free again when all is given back', () => {
  const held = new UnownedSightings();
  for (let cgroup = 0; cgroup < 5000; cgroup++) held.hold(sighting(cgroup));
  expect(held.lost).toBe(5000 - 4096);
  expect(released(held, 'owned')).toHaveLength(4096);
  held.hold(sighting(1, 'again'));
  expect(released(held, 'owned')).toEqual(['again']);
});
