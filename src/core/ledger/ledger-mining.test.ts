import { expect, test } from 'vitest';
import { clue, footprint } from '../mining/observation.fixture.ts';
import { noNames } from '../place/pod-name.ts';
import { CLUE_KIND } from '../reading/clue.ts';
import { reading, row } from '../reading/reading.fixture.ts';
import type { Snapshot } from '../snapshot.ts';
import { type Attribution, Ledger, type LedgerOptions } from './ledger.ts';

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

/** Snapshots of one minute in which cgroup 7 mines, and those after its end. */
function minuteOf(options: Partial<LedgerOptions>, goneSeconds = 0): Snapshot {
  const ledger = new Ledger({ nodeName: 'n1', hasMining: true, ...options });
  const look = (seconds: number) => {
    const isGone = seconds > 60;
    const usage = isGone ? [] : [row({ cgroupId: 7, cpu: { oncpuNs: seconds * 1e9 } })];
    const modes = Array(4).fill(seconds);
    const footprints = isGone ? [] : [footprint({ preempted: modes })];
    const wallMs = Date.UTC(2026, 0, 1) + seconds * 1000;
    const told = { wallMs, monotonicNs: 1_100e9 + seconds * 1e9, footprint: footprints };
    return ledger.update(reading(usage, told), POD);
  };
  let snapshot = look(0);
  for (let seconds = 5; seconds <= 60 + goneSeconds; seconds += 5) snapshot = look(seconds);
  return snapshot;
}

test('a finding contains the pod, its owner and its kind', () => {
  expect(minuteOf({}).findings).toMatchObject([
    { namespace: 'shop', pod: 'web-7d9f-x2x', kind: 'kubernetes', workload: 'web', score: 90 },
  ]);
});

test('a pod may mine by the name of its workload, also after its end', () => {
  const mayMine: LedgerOptions['mayMine'] = ({ namespace, workload }) =>
    namespace === 'shop' && workload === 'web';
  const gone = minuteOf({ mayMine }, 120);
  expect(gone.pods).toEqual([]);
  for (const { findings } of [minuteOf({ mayMine }), gone])
    expect(findings).toMatchObject([{ verdict: 'allowed', score: 0, workload: 'web' }]);
});

test('evidence beyond the book’s limit is counted as lost', () => {
  expect(minuteOf({}).lost).toContainEqual({ table: 'finding', reason: 'table_full', count: 0 });
});

test('mining detection is off unless enabled', () => {
  const { findings, lost } = minuteOf({ hasMining: false });
  expect([findings, lost]).toEqual([[], []]);
});

test('evidence from before a pod’s path is known is held, and attributed later', () => {
  const ledger = new Ledger({ nodeName: 'n1', hasMining: true });
  const args = new TextEncoder().encode('a\0-o\0stratum+tcp://pool.example:3333\0');
  const started = clue({ kind: CLUE_KIND.exec, detail: 1, text: args, textBytes: args.length });
  const look = (pathOf: Attribution['pathOf'], clues: readonly (typeof started)[]) =>
    ledger.update(reading([row({ cgroupId: 7 })], { clue: clues }), { ...POD, pathOf });
  expect(look(() => undefined, [started]).findings).toEqual([]);
  const found = look(POD.pathOf, []);
  expect(found.findings).toMatchObject([{ pod: 'web-7d9f-x2x', evidence: [{ signal: 'argv' }] }]);
  expect(found.lost).toContainEqual({ table: 'finding', reason: 'no_owner', count: 0 });
});
