import { expect, test } from 'vitest';
import { flowRow, openConnection, otherPeers } from '../flow/flow-record.fixture.ts';
import type { FlowRecord, OpenConnection } from '../flow/flow-record.ts';
import { RiseBook } from './rise-book.ts';
import type { Tally } from './tally.ts';

class Story {
  readonly rises = new RiseBook((record) =>
    record.key.protocol === 0 ? undefined : { update: () => {} },
  );

  /** Bytes sent that rose: of rows, of cgroups beyond their rows, and of the node beyond these. */
  see(flow: readonly FlowRecord[], connection: readonly OpenConnection[] = []) {
    const { rises } = this;
    rises.read({ flow, connection, monotonicNs: 100e9 });
    const shown: number[][] = [[], [], []];
    const note = (list: number, rise: Readonly<Tally>) => shown[list]?.push(rise.sentBytes);
    for (const row of rises.rows()) {
      const rise = rises.riseOf(row);
      if (rise) note(0, rise);
      if (rise) rises.bookRow(row, rise);
    }
    for (const owner of rises.owners()) {
      const rest = rises.restOf(owner);
      if (rest) note(1, rest);
      if (rest) rises.bookOwner(owner, rest);
    }
    const rest = rises.restOfNode();
    if (rest) note(2, rest);
    if (rest) rises.bookNode(rest);
    return shown;
  }
}

const retired = (sentBytes: number) => otherPeers({ slot: 0, cgroupId: 0, sentBytes });

test('growth of a row, of its cgroup beyond it, and of the node beyond both rises once', () => {
  const story = new Story();
  const flows = [flowRow({ sentBytes: 10 }), otherPeers({ sentBytes: 4 }), retired(3)];
  expect(story.see(flows, [openConnection(2)])).toEqual([[12], [4], [3]]);
  expect(story.see(flows, [openConnection(5)])).toEqual([[3], [], []]);
});

test('a row rises by at most the growth of its cgroup', () => {
  const story = new Story();
  story.see([flowRow({ sentBytes: 10 }), otherPeers({ sentBytes: 50 })]);
  // The sum over the cgroup dropped by 20, so 20 bytes of the row are not new.
  const dropped = [flowRow({ sentBytes: 40 }), otherPeers({ sentBytes: 30 })];
  expect(story.see(dropped)).toEqual([[10], [], []]);
});

test('a deferred rise is not part of the rest, and rises again at the next read', () => {
  const { rises } = new Story();
  const read = (sentBytes: number) =>
    rises.read({ flow: [flowRow({ sentBytes })], connection: [], monotonicNs: 100e9 });
  read(10);
  const [row] = rises.rows();
  const [owner] = rises.owners();
  if (!row || !owner) throw new Error('no row');
  const rise = rises.riseOf(row);
  if (rise) rises.defer(row, rise);
  expect(rises.restOf(owner)).toBeUndefined();
  read(15);
  expect(rises.riseOf(row)?.sentBytes).toBe(15);
});

test('a row is forgotten after four reads without it, and a new one in its slot begins at zero', () => {
  const story = new Story();
  story.see([flowRow({ sentBytes: 10 })]);
  for (let missed = 0; missed < 3; missed++) story.see([]);
  expect(story.see([flowRow({ sentBytes: 11 })])).toEqual([[1], [], []]);
  for (let missed = 0; missed < 5; missed++) story.see([]);
  expect([...story.rises.rows()]).toEqual([]);
  expect(story.see([flowRow({ bornNs: 2e9, sentBytes: 7 })])).toEqual([[7], [], []]);
});
