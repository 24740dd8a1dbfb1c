import { expect, test } from 'vitest';
import type { WorkloadPair } from '../flow/workload-pair.ts';
import { sharesByName } from '../sharing/fair-share.ts';
import { type PairEnd, PairTable } from './pair-table.ts';

const pair = (workload: string, peerWorkload: string): WorkloadPair => ({
  namespace: workload && 'shop',
  workload,
  peerNamespace: peerWorkload && 'shop',
  peerWorkload,
  peerClass: 'node',
});

const END: PairEnd = { createdSeconds: 1, shares: [] };

const tally = (connections: number, sentBytes = 0, receivedBytes = 0) => ({
  connections,
  sentBytes,
  receivedBytes,
});

/** Connections by pair. */
function shown(table: PairTable) {
  const entries = table
    .pairs()
    .all.map(({ pair: { workload, peerWorkload, peerClass }, ...usage }) => [
      peerClass === 'other' ? peerClass : `${workload}>${peerWorkload}`,
      usage.connections,
    ]);
  return Object.fromEntries(entries);
}

test('pairs beyond the limit are one pair, each counted once; admitted pairs keep their place', () => {
  const table = new PairTable(2);
  for (const peer of ['a', 'b', 'c', 'd', 'c', 'a']) table.add(pair('web', peer), tally(1), END);
  expect(shown(table)).toEqual({ 'web>a': 2, 'web>b': 1, other: 3 });
  expect(table.pairs().overflowed).toBe(2);
  expect(table.pairs().all.at(-1)?.pair).toEqual({ ...pair('', ''), peerClass: 'other' });
});

test('a workload with many peers leaves room for the pairs of others', () => {
  const table = new PairTable(100);
  const endOf = (workload: string, namespace = 'shop'): PairEnd => ({
    createdSeconds: 1,
    shares: sharesByName([{ of: 'kubelet', times: 8 }], namespace, workload),
  });
  for (let i = 0; i < 1000; i++) table.add(pair('scan', `peer-${i}`), tally(1), endOf('scan'));
  expect(Object.keys(shown(table)).length).toBeGreaterThan(80);
  table.add(pair('web', 'db'), tally(1), endOf('web'));
  table.add({ ...pair('web', 'db'), namespace: 'bank' }, tally(1), endOf('web', 'bank'));
  const whose = () =>
    table.pairs().all.map(({ pair: { namespace, workload } }) => `${namespace}/${workload}`);
  expect(whose()).toEqual(expect.arrayContaining(['shop/web', 'bank/web']));
  // An ended pair frees its place.
  table.forget((_, workload) => !workload.startsWith('peer-'));
  for (let i = 0; i < 50; i++) table.add(pair('web', `db-${i}`), tally(1), endOf('web'));
  expect(whose().filter((each) => each === 'shop/web')).toHaveLength(51);
});

test('a pair stays while both workloads have pods, then frees its place', () => {
  const table = new PairTable(1);
  table.add(pair('web', 'a'), tally(1), END);
  table.add(pair('web', 'b'), tally(5), END);
  table.forget(() => true);
  table.add(pair('web', 'b'), tally(5), END);
  expect(shown(table)).toEqual({ 'web>a': 1, other: 10 });
  table.forget((_, workload) => workload !== 'a');
  table.add(pair('web', 'b'), tally(1), { ...END, createdSeconds: 2 });
  expect(shown(table)).toEqual({ 'web>b': 1, other: 10 });
  expect(table.pairs()).toMatchObject({ overflowed: 1, all: [{ createdSeconds: 2 }, {}] });
});

test('an end outside the cluster never ends', () => {
  const table = new PairTable(9);
  table.add(pair('', 'web'), tally(1), END);
  table.add(pair('web', ''), tally(2), END);
  table.forget((namespace, workload) => namespace === 'shop' && workload === 'web');
  expect(shown(table)).toEqual({ '>web': 1, 'web>': 2 });
  table.forget(() => false);
  expect(shown(table)).toEqual({});
});

test('exported pairs do not change with later reads', () => {
  const table = new PairTable(9);
  table.add(pair('web', 'a'), tally(1, 2, 3), END);
  const [first] = table.pairs().all;
  table.add(pair('web', 'a'), tally(10, 20, 30), END);
  expect(first).toMatchObject({ connections: 1, sentBytes: 2, receivedBytes: 3 });
  expect(table.pairs().all).toMatchObject([{ connections: 11, sentBytes: 22, receivedBytes: 33 }]);
  expect(table.pairs().all[0]?.pair).toBe(first?.pair);
});
