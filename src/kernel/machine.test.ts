import { describe, expect, test } from 'vitest';
import { MachineError, memoryFor, parseCpuList, slotsFor } from './machine.ts';

const MIB = 1024 ** 2;

test.each([
  ['0\n', 1],
  ['0-1\n', 2],
  ['0-3,8-11\n', 12],
  ['0,2,5\n', 6],
  ['0-4095\n', 4096],
])('%j: possible CPUs reach to number %i', (list, cpus) => expect(parseCpuList(list)).toBe(cpus));

test.each(['', '\n', 'all'])('%j is no list of CPUs', (list) =>
  expect(() => parseCpuList(list)).toThrow(MachineError),
);

describe('the rows of the usage table', () => {
  test.each([
    [1, 8192],
    [2, 8192],
    [64, 4123],
    [256, 1059],
  ])('for %i CPUs are %i in 128 MiB', (cpus, slots) => {
    expect(slotsFor(cpus, 128 * MIB)).toBe(slots);
    expect(memoryFor(cpus, slots)).toBeLessThanOrEqual(128 * MIB);
  });

  test('are refused where they would be too few, with what it takes', () => {
    expect(() => slotsFor(1024, 16 * MIB)).toThrow('need --map-memory 130MiB at the least');
    expect(slotsFor(1024, 130 * MIB)).toBeGreaterThanOrEqual(256);
  });

  test('are refused for more CPUs than the programs can walk through', () => {
    expect(() => slotsFor(5000, 4096 * MIB)).toThrow(MachineError);
    expect(() => slotsFor(5000, 4096 * MIB)).toThrow(
      /^5000 possible CPUs: at most \d+ can be read$/,
    );
  });
});
