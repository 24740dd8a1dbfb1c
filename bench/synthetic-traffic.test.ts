import { expect, test } from 'vitest';
import { outboundOf } from '../src/core/mining/flow-shape/outbound.ts';
import { decodeRows } from '../src/kernel/tables/layout.ts';
import { clueRow, connectionRow, flowRow, footprintRow } from '../src/kernel/tables/wire.gen.ts';
import { SyntheticTraffic } from './synthetic-traffic.ts';

const BORN_NS = 1e9;

function outbound(traffic: SyntheticTraffic) {
  return outboundOf(
    decodeRows(traffic.flow, flowRow),
    decodeRows(traffic.connection, connectionRow),
  );
}

test('the pods opened half of the flows, and all connections are open', () => {
  const traffic = new SyntheticTraffic({ pods: 10, flowsAPod: 8, connectionsAFlow: 3 }, BORN_NS);
  const flows = outbound(traffic);
  expect(flows).toHaveLength(40);
  expect(flows.every(({ openNow }) => openNow === 3)).toBe(true);
});

test('half of those have little traffic, in some ticks', () => {
  const traffic = new SyntheticTraffic({ pods: 10, flowsAPod: 8, connectionsAFlow: 1 }, BORN_NS);
  for (let tick = 1; tick <= 100; tick++) traffic.advance(tick, BORN_NS);
  const slow = outbound(traffic).filter(({ sentBytes }) => sentBytes < 100 * 300);
  expect(slow).toHaveLength(20);
  expect(slow.every(({ sentBytes }) => sentBytes > 20 * 300)).toBe(true);
});

test('one pod in ten has samples and exec clues', () => {
  const traffic = new SyntheticTraffic({ pods: 100, flowsAPod: 1, connectionsAFlow: 1 }, BORN_NS);
  traffic.advance(1, BORN_NS);
  expect(decodeRows(traffic.footprint, footprintRow)).toHaveLength(10);
  const clues = decodeRows(traffic.clue, clueRow).filter(({ state }) => state > 0);
  expect(clues).toHaveLength(2);
});

test('without flows, there is no other input either', () => {
  const traffic = new SyntheticTraffic({ pods: 100, flowsAPod: 0, connectionsAFlow: 1 }, BORN_NS);
  traffic.advance(1, BORN_NS);
  expect(outbound(traffic)).toEqual([]);
  expect(traffic.footprint).toHaveLength(0);
});
