import { describe, expect, test } from 'vitest';
import { connectionsFor, flowsFor, MachineError } from '../machine.ts';
import { flowRow } from '../tables/wire.gen.ts';
import { memoryFor, slotsFor } from './map-memory.ts';

const MIB = 1024 ** 2;

describe('the rows of the usage table', () => {
  test.each([
    [1, 8192],
    [2, 8192],
    [64, 3525],
    [256, 922],
  ])('for %i CPUs are %i in 128 MiB', (cpus, slots) => {
    const machine = { cpus, hasMapIterators: true, hasSocketStorage: true };
    expect(slotsFor(machine, 128 * MIB)).toBe(slots);
    expect(memoryFor(machine, slots)).toBeLessThanOrEqual(128 * MIB);
  });

  test('are fewer if connections are stored by address', () => {
    const machine = { cpus: 64, hasMapIterators: true, hasSocketStorage: false };
    const slots = slotsFor(machine, 128 * MIB);
    expect(slots).toBeLessThan(slotsFor({ ...machine, hasSocketStorage: true }, 128 * MIB));
    expect(memoryFor(machine, slots)).toBeLessThanOrEqual(128 * MIB);
    expect(connectionsFor(slots)).toBeGreaterThan(20_000);
  });

  test('fit the pages, without iterators over maps', () => {
    const machine = { cpus: 2, hasMapIterators: false, hasSocketStorage: false };
    const slots = slotsFor(machine, 1024 * MIB);
    expect((slots + flowsFor(slots)) * flowRow.size).toBeLessThanOrEqual(160 * 32_767);
    expect(slots).toBeGreaterThan(7000);
  });

  test('are refused if there would be too few, with the memory needed', () => {
    const machine = { cpus: 1024, hasMapIterators: true, hasSocketStorage: true };
    expect(() => slotsFor(machine, 16 * MIB)).toThrow('need at least --map-memory 140MiB');
    expect(slotsFor(machine, 140 * MIB)).toBeGreaterThanOrEqual(256);
  });

  test('are refused for too many CPUs', () => {
    const machine = { cpus: 5000, hasMapIterators: true, hasSocketStorage: true };
    expect(() => slotsFor(machine, 4096 * MIB)).toThrow(MachineError);
    expect(() => slotsFor(machine, 4096 * MIB)).toThrow(/^5000 possible CPUs: the limit is \d+$/);
  });
});
