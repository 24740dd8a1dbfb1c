import { expect, test } from 'vitest';
import { type Attribution, Ledger } from '../ledger/ledger.ts';
import { noNames } from '../place/pod-name.ts';
import { CLUE_KIND } from '../reading/clue.ts';
import { reading, row } from '../reading/reading.fixture.ts';
import type { Snapshot } from '../snapshot.ts';
import { runTick } from '../tick.ts';
import { MiningJudge, type MiningOptions } from './mining-judge.ts';
import { clue, footprint } from './observation.fixture.ts';

const POD: Attribution = {
  pathOf: () => '/kubepods/podaaaa-1',
  names: {
    ...noNames,
    nameOf: () => ({
      namespace: 'shop',
      pod: 'web-7d9f-x2x',
      hostNetwork: false,
      ownerKind: 'DaemonSet',
      ownerName: 'web',
      containers: new Map(),
    }),
  },
  classOf: () => 'internet',
  throttledNsOf: () => undefined,
};

function stepsOf(judges: readonly MiningJudge[]) {
  return { nodeName: 'n1', ledger: new Ledger(), judges };
}

/** The last snapshot of a minute in which cgroup 7 mines, or of the time after its end. */
function minuteOf(judges: readonly MiningJudge[], goneSeconds = 0): Snapshot {
  const steps = stepsOf(judges);
  const look = (seconds: number) => {
    const isGone = seconds > 60;
    const usage = isGone ? [] : [row({ cgroupId: 7, cpu: { oncpuNs: seconds * 1e9 } })];
    const modes = Array(4).fill(seconds);
    const footprints = isGone ? [] : [footprint({ preempted: modes })];
    const wallMs = Date.UTC(2026, 0, 1) + seconds * 1000;
    const told = { wallMs, monotonicNs: 1_100e9 + seconds * 1e9, footprint: footprints };
    return runTick(steps, reading(usage, told), POD).snapshot;
  };
  let snapshot = look(0);
  for (let seconds = 5; seconds <= 60 + goneSeconds; seconds += 5) snapshot = look(seconds);
  return snapshot;
}

test('a finding contains the pod, its owner and its kind', () => {
  expect(minuteOf([new MiningJudge()]).findings).toMatchObject([
    { namespace: 'shop', pod: 'web-7d9f-x2x', kind: 'kubernetes', workload: 'web', score: 90 },
  ]);
});

test('a pod may mine by the name of its workload, also after its end', () => {
  const mayMine: MiningOptions['mayMine'] = ({ namespace, workload }) =>
    namespace === 'shop' && workload === 'web';
  const gone = minuteOf([new MiningJudge({ mayMine })], 120);
  expect(gone.pods).toEqual([]);
  for (const { findings } of [minuteOf([new MiningJudge({ mayMine })]), gone])
    expect(findings).toMatchObject([{ verdict: 'allowed', score: 0, workload: 'web' }]);
});

test('evidence beyond the book’s limit is counted as lost', () => {
  expect(minuteOf([new MiningJudge()]).lost).toContainEqual({
    table: 'finding',
    reason: 'table_full',
    count: 0,
  });
});

test('without a judge there is no finding', () => {
  const { findings, lost } = minuteOf([]);
  expect([findings, lost]).toEqual([[], []]);
});

test('evidence from before a pod’s path is known is held, and attributed later', () => {
  const steps = stepsOf([new MiningJudge()]);
  const args = new TextEncoder().encode('a\0-o\0stratum+tcp://pool.example:3333\0');
  const started = clue({ kind: CLUE_KIND.exec, detail: 1, text: args, textBytes: args.length });
  const look = (pathOf: Attribution['pathOf'], clues: readonly (typeof started)[]) =>
    runTick(steps, reading([row({ cgroupId: 7 })], { clue: clues }), { ...POD, pathOf }).snapshot;
  expect(look(() => undefined, [started]).findings).toEqual([]);
  const found = look(POD.pathOf, []);
  expect(found.findings).toMatchObject([{ pod: 'web-7d9f-x2x', evidence: [{ signal: 'argv' }] }]);
  expect(found.lost).toContainEqual({ table: 'finding', reason: 'no_owner', count: 0 });
});

test('when the kernel’s counters restart, evidence stays, and detection continues', () => {
  const steps = stepsOf([new MiningJudge()]);
  const countAfter = (seconds: number, startedSeconds: number) => {
    const counted = seconds - startedSeconds;
    const wallMs = seconds * 1e3;
    const told = { wallMs, monotonicNs: seconds * 1e9, startedNs: startedSeconds * 1e9 };
    const usage = [row({ cgroupId: 7, cpu: { oncpuNs: counted * 1e9 } })];
    const spread = footprint({ preempted: Array(4).fill(counted) });
    const read = reading(usage, { ...told, footprint: [spread] });
    return runTick(steps, read, POD).snapshot.findings[0]?.evidence[0]?.count ?? 0;
  };
  let before = 0;
  for (let seconds = 1000; seconds <= 1060; seconds += 5) before = countAfter(seconds, 1000);
  expect(before).toBeGreaterThan(0);
  expect(countAfter(1065, 1060)).toBe(before);
  let after = 0;
  for (let seconds = 1070; seconds <= 1130; seconds += 5) after = countAfter(seconds, 1060);
  expect(after).toBeGreaterThan(before);
});
