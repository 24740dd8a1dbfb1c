import { expect, test } from 'vitest';
import { offersSocketStorage } from './kernel-features.ts';
import { MachineError, parseCpuList } from './machine.ts';

test.each([
  ['0\n', 1],
  ['0-1\n', 2],
  ['0-3,8-11\n', 12],
  ['0,2,5\n', 6],
  ['0-4095\n', 4096],
])('the list %j means %i possible CPUs', (list, cpus) => expect(parseCpuList(list)).toBe(cpus));

test.each(['', '\n', 'all'])('%j is not a list of CPUs', (list) =>
  expect(() => parseCpuList(list)).toThrow(MachineError),
);

test.each([
  ['5.10.0-46-cloud-amd64', false],
  ['5.10', false],
  ['5.11.0', true],
  ['6.1.0-9-amd64', true],
  ['10.0', true],
])('Linux %s has socket storage for tracing programs: %s', (release, offers) =>
  expect(offersSocketStorage(release)).toBe(offers),
);
