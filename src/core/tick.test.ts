import { expect, test } from 'vitest';
import { flowRow } from './flow/flow-record.fixture.ts';
import type { Judge } from './judge.ts';
import { type Attribution, Ledger } from './ledger/ledger.ts';
import { finding } from './mining/findings.fixture.ts';
import type { Finding } from './mining/verdict/finding.ts';
import { noNames } from './place/pod-name.ts';
import { reading, row } from './reading/reading.fixture.ts';
import { runTick } from './tick.ts';

const ATTRIBUTION: Attribution = {
  pathOf: () => '/system.slice/web.service',
  names: noNames,
  classOf: () => 'internet',
  throttledNsOf: () => undefined,
};

function stepsOf(...judges: readonly Judge<Finding>[]) {
  return { nodeName: 'n1', ledger: new Ledger(), judges };
}

test('a judge sees the reading and the owners of the same tick', () => {
  const seen: unknown[] = [];
  const judge: Judge<Finding> = {
    judge: ({ wallMs }, { ownerOf, podOf }) => {
      const owner = ownerOf(10);
      seen.push(wallMs, owner?.pod, owner && podOf(owner)?.kind);
      return { findings: [], lost: [] };
    },
  };
  runTick(stepsOf(judge), reading([row({ cgroupId: 10 })], { wallMs: 7 }), ATTRIBUTION);
  expect(seen).toEqual([7, 'web.service', 'unit']);
});

test('a snapshot has the findings of all judges, highest score first, and all losses', () => {
  const judgeOf = (name: string, ...scores: number[]): Judge<Finding> => ({
    judge: () => ({
      findings: scores.map((score) => finding({ pod: name, score })),
      lost: [{ table: name, reason: 'table_full', count: scores.length }],
    }),
  });
  const table = { table: 'usage', reason: 'table_full', count: 9 };
  const steps = stepsOf(judgeOf('one', 90, 20), judgeOf('other', 50));
  const { findings, lost } = runTick(steps, reading([], { lost: [table] }), ATTRIBUTION).snapshot;
  expect(findings.map(({ pod, score }) => [pod, score])).toEqual([
    ['one', 90],
    ['other', 50],
    ['one', 20],
  ]);
  expect(lost.map(({ table, count }) => [table, count])).toEqual([
    ['usage', 9],
    ['one', 2],
    ['other', 1],
  ]);
});

test('connections are created when requested, once per tick', () => {
  let walks = 0;
  const flow = {
    *[Symbol.iterator]() {
      walks++;
      yield flowRow({ cgroupId: 10, established: 3 });
    },
  };
  const { connections } = runTick(
    stepsOf(),
    reading([row({ cgroupId: 10 })], { flow }),
    ATTRIBUTION,
  );
  expect(walks).toBe(0);
  expect(connections()).toMatchObject([{ pod: 'web.service', established: 3 }]);
  expect(connections()).toBe(connections());
  expect(walks).toBe(1);
});
