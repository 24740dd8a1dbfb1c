import { expect, test } from 'vitest';
import { flowRow } from '../../src/core/flow/flow-record.fixture.ts';
import { clue, footprint } from '../../src/core/mining/observation.fixture.ts';
import { CLUE_KIND } from '../../src/core/reading/clue.ts';
import { reading, row } from '../../src/core/reading/reading.fixture.ts';
import { type PodTape, PodTapeRecorder, type PodTapeTick } from './pod-tape.ts';
import { replay } from './replay.ts';

const QUIET: PodTapeTick = {
  oncpuNs: 1e9,
  footprint: undefined,
  clues: [],
  flows: [],
  connections: [],
};
const DATASET = { ...QUIET, clues: [clue({ kind: CLUE_KIND.mapping, atNs: -1e9 })] };

function tapeOf(...ticks: PodTapeTick[]): PodTape {
  return { ticks };
}

test('a miner is counted once per pod', () => {
  const spread = footprint({ preempted: [5, 5, 5, 5] });
  const replayed = replay([tapeOf({ ...QUIET, footprint: spread })], {
    podHours: 20,
    hoursEach: 2,
  });
  expect(replayed).toEqual({ podHours: 20, suspicions: 10, alerts: 10 });
});

test('a benign tape is not counted; hours are rounded up to whole pods', () => {
  expect(replay([tapeOf(QUIET, QUIET, QUIET)], { podHours: 25 })).toEqual({
    podHours: 30,
    suspicions: 0,
    alerts: 0,
  });
});

test('weak signals of successive programs in one pod add up', () => {
  // 20 points for tireless threads and 25 for the dataset: not suspicious.
  expect(replay([tapeOf(DATASET, QUIET)], { podHours: 2, hoursEach: 2 }).suspicions).toBe(0);
  const name = new TextEncoder().encode('xmrig\0');
  const named = clue({ kind: CLUE_KIND.exec, detail: 2, text: name, textBytes: name.length });
  const tapes = [tapeOf(DATASET, QUIET), tapeOf({ ...QUIET, clues: [named] })];
  const { alerts, suspicions } = replay(tapes, { podHours: 12, hoursEach: 3 });
  expect(alerts).toBe(0);
  expect(suspicions).toBeGreaterThanOrEqual(4);
  expect(replay(tapes, { podHours: 4, hoursEach: 2, isApart: true }).suspicions).toBe(1);
});

test('a tape records the changes of its own cgroup since the last tick', () => {
  const recorder = new PodTapeRecorder();
  const early = clue({ cgroupId: 10, atNs: 1_099e9 });
  const rows = [row({ cgroupId: 10, cpu: { oncpuNs: 3e9 } }), row({ cgroupId: 11 })];
  const flows = [flowRow({ cgroupId: 10 }), flowRow({ cgroupId: 11 })];
  const before = footprint({ cgroupId: 10, preempted: [1, 2, 3, 4] });
  const tape = recorder.begin(10);
  recorder.record(reading(rows, { clue: [early], footprint: [before], flow: flows }));
  const later = row({ cgroupId: 10, cpu: { oncpuNs: 5e9 } });
  const after = footprint({ cgroupId: 10, preempted: [1, 2, 3, 9] });
  recorder.record(reading([later], { clue: [early], footprint: [after] }));
  recorder.end(10);
  recorder.record(reading(rows));

  const [first, second, ...more] = tape.ticks;
  expect(more).toEqual([]);
  expect(first).toMatchObject({ oncpuNs: 3e9, footprint: before, flows: [flows[0]] });
  expect(first?.clues.map(({ atNs }) => atNs)).toEqual([-1e9]);
  expect(second).toMatchObject({ oncpuNs: 2e9, clues: [], flows: [] });
  expect(second?.footprint?.preempted).toEqual([0, 0, 0, 5]);
});
