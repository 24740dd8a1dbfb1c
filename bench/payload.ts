import { join } from 'node:path';
import type { Bpftool } from '../src/kernel/bpftool.ts';
import { runInside, startInside } from '../test/support/process.ts';
import type { Scene } from '../test/support/scene.ts';
import { compiledProgram } from './compiled.ts';
import { openNestedScenes } from './nested-scenes.ts';
import { type Networks, openNetworks } from './networks.ts';
import { TRAFFIC, type Traffic } from './payload-traffic.ts';
import {
  pinnedProgram,
  programsOf,
  type Runs,
  runsBetween,
  runsById,
  timePrograms,
} from './program-costs.ts';
import type { Figure, Section } from './report.ts';
import { mean, median, rangeOf } from './statistics.ts';

const ROUNDS = 7;

/** Ids of the packet programs of one load. */
interface PacketPrograms {
  readonly transmit: number;
  readonly receive: number;
}

/** Two loads that see the same packets: one looks into them, one does not. */
interface Pair {
  readonly bpftool: Bpftool;
  readonly here: string;
  readonly there: string;
  readonly looking: PacketPrograms;
  readonly plain: PacketPrograms;
}

/** What a round of one kind of traffic took. */
interface Cost {
  /** More, a packet. */
  readonly addedNs: number;
  /** A packet, of the load that does not look. */
  readonly plainNs: number;
  /** More, all packets together. */
  readonly totalNs: number;
}

/** Who comes first pays for what both need in the caches, hence a pair either way round. */
export const payload: Section = {
  name: 'payload',
  title: 'Payload: ns a run that looking for mining adds, of two loads that see the same packets',
  measure: async (signal) => {
    await using stack = new AsyncDisposableStack();
    stack.use(timePrograms());
    const networks = stack.use(openNetworks());
    const pairs = [await openPair(stack, 'outer'), await openPair(stack, 'inner')];
    const rounds = new Map<Traffic, Cost[]>(TRAFFIC.map((traffic) => [traffic, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [traffic, costs] of rounds) {
        signal.throwIfAborted();
        costs.push(await measureRound(pairs, networks, traffic));
      }
    }
    return [...rounds].map(([traffic, costs]) => figureOf(traffic, costs));
  },
};

async function openPair(stack: AsyncDisposableStack, looks: 'inner' | 'outer'): Promise<Pair> {
  const { outer, inner } = await openNestedScenes(stack, {
    outer: looks === 'outer' ? ['payload'] : [],
    inner: looks === 'inner' ? ['payload'] : [],
  });
  const [looking, plain] = looks === 'inner' ? [inner, outer] : [outer, inner];
  return {
    bpftool: inner.bpftool,
    here: inner.makeCgroup('here'),
    there: inner.makeCgroup('there'),
    looking: await packetPrograms(looking),
    plain: await packetPrograms(plain),
  };
}

async function packetPrograms(scene: Scene): Promise<PacketPrograms> {
  const idOf = (program: string) =>
    pinnedProgram(scene.bpftool, join(programsOf(scene), 'net', program));
  return { transmit: await idOf('count_transmit'), receive: await idOf('count_receive') };
}

async function measureRound(
  pairs: readonly Pair[],
  networks: Networks,
  traffic: Traffic,
): Promise<Cost> {
  const costs: Cost[] = [];
  for (const pair of pairs) {
    const before = await runsById(pair.bpftool);
    await talk(pair, networks, traffic);
    const after = await runsById(pair.bpftool);
    costs.push(costOf(pair, before, after));
  }
  return {
    addedNs: mean(costs.map(({ addedNs }) => addedNs)),
    plainNs: mean(costs.map(({ plainNs }) => plainNs)),
    totalNs: mean(costs.map(({ totalNs }) => totalNs)),
  };
}

async function talk(pair: Pair, { client, server }: Networks, traffic: Traffic): Promise<void> {
  const program = compiledProgram('packets');
  const receive = [...server.enter, program, 'receive', server.address];
  await using receiver = await startInside(pair.there, receive);
  await receiver.says('ready');
  const { kind, args } = traffic;
  await runInside(pair.here, [...client.enter, program, kind, server.address, ...args]);
}

type RunsById = ReadonlyMap<number, Runs>;

function costOf({ looking, plain }: Pair, before: RunsById, after: RunsById): Cost {
  const spent = ({ transmit, receive }: PacketPrograms): Runs => {
    const each = [transmit, receive].map((id) => runsBetween(before.get(id), after.get(id)));
    const sum = (pick: (runs: Runs) => number) => each.reduce((all, runs) => all + pick(runs), 0);
    return { count: sum(({ count }) => count), ns: sum(({ ns }) => ns) };
  };
  const [ours, theirs] = [spent(looking), spent(plain)];
  const plainNs = theirs.ns / theirs.count;
  return { addedNs: ours.ns / ours.count - plainNs, plainNs, totalNs: ours.ns - theirs.ns };
}

function figureOf({ what, octets, barNs }: Traffic, costs: readonly Cost[]): Figure {
  const added = costs.map(({ addedNs }) => addedNs);
  const without = `without ${median(costs.map(({ plainNs }) => plainNs)).toFixed(0)}`;
  const perOctet = median(costs.map(({ totalNs }) => totalNs / (octets ?? Number.NaN)));
  return {
    what,
    measured: median(added),
    unit: 'ns',
    range: rangeOf(added),
    note: octets === undefined ? without : `${without}; ${perOctet.toFixed(2)} ns an octet`,
    ...(barNs !== undefined && { bar: barNs }),
  };
}
