import { describe, expect, test } from 'vitest';
import { offersSocketStorage } from './kernel-features.ts';
import {
  connectionsFor,
  flowsFor,
  MachineError,
  memoryFor,
  parseCpuList,
  slotsFor,
} from './machine.ts';
import { flowRow } from './tables/wire.gen.ts';

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
    [64, 3532],
    [256, 924],
  ])('for %i CPUs are %i in 128 MiB', (cpus, slots) => {
    const machine = { cpus, hasMapIterators: true, hasSocketStorage: true };
    expect(slotsFor(machine, 128 * MIB)).toBe(slots);
    expect(memoryFor(machine, slots)).toBeLessThanOrEqual(128 * MIB);
  });

  test('are fewer where the connections of each are kept by address', () => {
    const machine = { cpus: 64, hasMapIterators: true, hasSocketStorage: false };
    const slots = slotsFor(machine, 128 * MIB);
    expect(slots).toBeLessThan(slotsFor({ ...machine, hasSocketStorage: true }, 128 * MIB));
    expect(memoryFor(machine, slots)).toBeLessThanOrEqual(128 * MIB);
    expect(connectionsFor(slots)).toBeGreaterThan(20_000);
  });

  test('are no more than come by pages, where there are no iterators over maps', () => {
    const machine = { cpus: 2, hasMapIterators: false, hasSocketStorage: false };
    const slots = slotsFor(machine, 1024 * MIB);
    expect((slots + flowsFor(slots)) * flowRow.size).toBeLessThanOrEqual(160 * 32_767);
    expect(slots).toBeGreaterThan(7000);
  });

  test('are refused where they would be too few, with what it takes', () => {
    const machine = { cpus: 1024, hasMapIterators: true, hasSocketStorage: true };
    expect(() => slotsFor(machine, 16 * MIB)).toThrow('need --map-memory 139MiB at the least');
    expect(slotsFor(machine, 139 * MIB)).toBeGreaterThanOrEqual(256);
  });

  test('are refused for more CPUs than the programs can walk through', () => {
    const machine = { cpus: 5000, hasMapIterators: true, hasSocketStorage: true };
    expect(() => slotsFor(machine, 4096 * MIB)).toThrow(MachineError);
    expect(() => slotsFor(machine, 4096 * MIB)).toThrow(
      /^5000 possible CPUs: at most \d+ can be read$/,
    );
  });
});

test.each([
  ['5.10.0-46-cloud-amd64', false],
  ['5.10', false],
  ['5.11.0', true],
  ['6.1.0-9-amd64', true],
  ['10.0', true],
])('Linux %s has storage of sockets for tracing programs: %s', (release, offers) =>
  expect(offersSocketStorage(release)).toBe(offers),
);
