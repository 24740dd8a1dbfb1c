import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CLUE_KIND } from '../../reading/clue.ts';
import { clue, observation } from '../observation.fixture.ts';
import { MsrDetector } from './msr.ts';

const detect = (different: Parameters<typeof clue>[0]) => [
  ...new MsrDetector().detect(observation({ clues: [clue(different)] })),
];

function started(...args: readonly string[]) {
  const text = new TextEncoder().encode(args.map((each) => `${each}\0`).join(''));
  return detect({ kind: CLUE_KIND.exec, text, textBytes: text.length });
}

test.each([
  [['modprobe', 'msr', 'allow_writes=on']],
  [['/sbin/modprobe', '-q', 'msr', 'allow_writes=1']],
  [['insmod', '/lib/modules/6.1/msr.ko.xz', 'allow_writes=on']],
  [['sh', '-c', '/sbin/modprobe msr allow_writes=on > /dev/null 2>&1']],
  [['sh', '-c', '--', '/sbin/modprobe msr allow_writes=on > /dev/null 2>&1']],
  [['/bin/bash', '-ec', 'true; modprobe -q msr allow_writes=on']],
  [['/bin/sh', '-c', 'echo on > /sys/module/msr/parameters/allow_writes']],
])('a program start that allows writes: %j', (args) => {
  const [sighting, ...others] = started(...args);
  expect(others).toEqual([]);
  expect(sighting).toMatchObject({ signal: 'msr', cgroupId: 7, count: 1, pid: 42 });
  expect(sighting?.detail).toBe(`requested write access to MSRs: ${args.join(' ')}`);
});

test('MSRs are opened for writing', () => {
  expect(detect({ kind: CLUE_KIND.device, detail: 3 })).toMatchObject([
    { signal: 'msr', pid: 42, detail: 'requested write access to the MSRs of CPU 3' },
  ]);
});

test.each([
  [['modprobe', 'msr']],
  [['modprobe', 'msr', 'allow_writes=off']],
  [['modprobe', 'kvm', 'allow_writes=on']],
  [['modprobe', 'msrfoo', 'allow_writes=on']],
  [['modinfo', 'msr', 'allow_writes=on']],
  [['grep', 'modprobe msr allow_writes=on', '/etc/rules']],
  [['sh', '-c', 'cat /sys/module/msr/parameters/allow_writes']],
  [['sh', '-c', 'echo "see allow_writes of msr"']],
  [['sh', '-c', 'grep "modprobe msr" allow_writes=on']],
  [['modprobe']],
  [[]],
])('but not: %j', (args) => {
  expect(started(...args)).toEqual([]);
});

test('any bytes in a command line are checked quickly', () => {
  const hostile = ['modprobe', ' ', '-x', 'msr', 'allow_writes=on', 'echo ', '>', '/', '\0', 'sh'];
  const texts = fc.array(fc.constantFrom(...hostile), { maxLength: 200 });
  fc.assert(
    fc.property(texts, (words) => {
      const begin = performance.now();
      started('sh', '-c', words.join('').slice(0, 512));
      expect(performance.now() - begin).toBeLessThan(100);
    }),
  );
});

test('clues of other kinds are ignored', () => {
  expect(detect({ kind: CLUE_KIND.payload })).toEqual([]);
});
