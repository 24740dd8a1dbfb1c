import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CLUE_KIND } from '../../reading/clue.ts';
import { clue, observation } from '../observation.fixture.ts';
import { MemoryDetector } from './memory.ts';

const detect = (different: Parameters<typeof clue>[0]) => [
  ...new MemoryDetector().detect(observation({ clues: [clue(different)] })),
];

function started(...args: readonly string[]) {
  const text = new TextEncoder().encode(args.map((each) => `${each}\0`).join(''));
  return detect({ kind: CLUE_KIND.exec, text, textBytes: text.length });
}

test('a mapping with the size of the dataset is reported with its process', () => {
  const command = Uint8Array.from('app\0junk', (character) => character.charCodeAt(0));
  expect(detect({ kind: CLUE_KIND.mapping, atNs: 5e9, command })).toEqual([
    {
      signal: 'dataset_memory',
      cgroupId: 7,
      seconds: 5,
      count: 1,
      pid: 42,
      command: 'app',
      detail: 'requested a mapping of 2080 MiB, the size of the RandomX dataset',
    },
  ]);
});

test('reserved huge pages are reported with their number', () => {
  expect(detect({ kind: CLUE_KIND.sysctl, detail: 1280 })).toMatchObject([
    { signal: 'dataset_memory', pid: 42, detail: 'requested 1280 huge pages' },
  ]);
});

test.each([[['sysctl', '-w', 'vm.nr_hugepages=1280']], [['/sbin/sysctl', 'vm/nr_hugepages=1040']]])(
  'huge pages for a dataset: %j',
  (args) => {
    const [sighting, ...others] = started(...args);
    expect(others).toEqual([]);
    expect(sighting).toMatchObject({ signal: 'dataset_memory', count: 1, pid: 42 });
    expect(sighting?.detail).toBe(`requested huge pages: ${args.join(' ')}`);
  },
);

test.each([
  [['sysctl', '-w', 'vm.nr_hugepages=0']],
  [['sysctl', '-w', 'vm.nr_hugepages=1039']],
  [['sysctl', 'vm.nr_hugepages']],
  [['sysctl', '-w', 'vm.nr_hugepages=']],
  [['grep', 'vm.nr_hugepages=1280', '/etc/sysctl.conf']],
  [['sysctl']],
  [[]],
])('but not: %j', (args) => {
  expect(started(...args)).toEqual([]);
});

test('any bytes in a command line are accepted', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 512 }), (text) => {
      detect({ kind: CLUE_KIND.exec, text, textBytes: text.length });
    }),
  );
});

test('clues of other kinds are ignored', () => {
  expect(detect({ kind: CLUE_KIND.payload })).toEqual([]);
});
