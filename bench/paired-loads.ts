import { join } from 'node:path';
import { mean, median, rangeOf } from '../lab/measure/statistics.ts';
import { runInside, startInside } from '../lab/process/process.ts';
import type { Scene, SceneSettings } from '../lab/scene/scene.ts';
import type { Bpftool } from '../src/kernel/bpftool.ts';
import { compiledProgram } from './compiled.ts';
import { openNestedScenes } from './nested-scenes.ts';
import { type Networks, openNetworks } from './networks.ts';
import {
  pinnedProgram,
  programsOf,
  type Runs,
  runsBetween,
  runsById,
  timePrograms,
} from './program-costs.ts';
import type { Figure } from './report.ts';

/** Packets between two ends. */
export interface Traffic {
  readonly what: string;
  /** For bench/packets.c, before and behind the address. */
  readonly kind: 'datagrams' | 'requests' | 'stream' | 'messages' | 'visits';
  readonly args: readonly string[];
  /** Octets of payload that both ends send and receive in a run, where they are read. */
  readonly octets?: number;
  /** What may be added to a packet at the most. */
  readonly barNs?: number;
}

/** Two ways to load. */
interface Ways {
  /** Does what is measured. */
  readonly more: SceneSettings;
  /** Does not. */
  readonly less: SceneSettings;
}

/** Both ways see the same packets. */
export interface Comparison extends Ways {
  readonly traffic: readonly Traffic[];
}

/** Where its maps lie decides how much a load costs, so there are several. */
const LOADS = 3;
const ROUNDS = 5;

/** Ids of the packet programs of one load. */
interface PacketPrograms {
  readonly transmit: number;
  readonly receive: number;
}

/** Two loads, one below the other. */
interface Pair {
  readonly bpftool: Bpftool;
  readonly here: string;
  readonly there: string;
  readonly more: PacketPrograms;
  readonly less: PacketPrograms;
}

/** What a round of one kind of traffic took. */
interface Cost {
  /** More, a packet. */
  readonly addedNs: number;
  /** A packet, of the load that does less. */
  readonly lessNs: number;
  /** More, all packets together. */
  readonly totalNs: number;
}

/**
 * What one way to load adds to a packet above another. Who comes first pays for what both need in the
 * caches, hence a pair either way round.
 */
export async function addedCosts(comparison: Comparison, signal: AbortSignal): Promise<Figure[]> {
  using stack = new DisposableStack();
  stack.use(timePrograms());
  const networks = stack.use(openNetworks());
  const costs = new Map<Traffic, Cost[]>(comparison.traffic.map((traffic) => [traffic, []]));
  for (let load = 0; load < LOADS; load++) await measureLoads(comparison, networks, costs, signal);
  return [...costs].map(([traffic, measured]) => figureOf(traffic, measured));
}

async function measureLoads(
  ways: Ways,
  networks: Networks,
  costs: ReadonlyMap<Traffic, Cost[]>,
  signal: AbortSignal,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const pairs = [await openPair(stack, ways, 'outer'), await openPair(stack, ways, 'inner')];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [traffic, measured] of costs) {
      signal.throwIfAborted();
      measured.push(await measureRound(pairs, networks, traffic));
    }
  }
}

async function openPair(
  stack: AsyncDisposableStack,
  ways: Ways,
  doesMore: 'outer' | 'inner',
): Promise<Pair> {
  const isInner = doesMore === 'inner';
  const { outer, inner } = await openNestedScenes(stack, {
    outer: isInner ? ways.less : ways.more,
    inner: isInner ? ways.more : ways.less,
  });
  const [more, less] = isInner ? [inner, outer] : [outer, inner];
  return {
    bpftool: inner.bpftool,
    here: inner.makeCgroup('here'),
    there: inner.makeCgroup('there'),
    more: await packetPrograms(more),
    less: await packetPrograms(less),
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
    lessNs: mean(costs.map(({ lessNs }) => lessNs)),
    totalNs: mean(costs.map(({ totalNs }) => totalNs)),
  };
}

async function talk(pair: Pair, { client, server }: Networks, traffic: Traffic): Promise<void> {
  const program = compiledProgram('packets');
  const receive = [...server.enter, program, 'receive', server.address];
  await using receiver = await startInside(pair.there, receive);
  await receiver.prints('ready');
  const { kind, args } = traffic;
  await runInside(pair.here, [...client.enter, program, kind, server.address, ...args]);
}

type RunsById = ReadonlyMap<number, Runs>;

function costOf({ more, less }: Pair, before: RunsById, after: RunsById): Cost {
  const spent = ({ transmit, receive }: PacketPrograms): Runs => {
    const each = [transmit, receive].map((id) => runsBetween(before.get(id), after.get(id)));
    const sum = (pick: (runs: Runs) => number) => each.reduce((all, runs) => all + pick(runs), 0);
    return { count: sum(({ count }) => count), ns: sum(({ ns }) => ns) };
  };
  const [ours, theirs] = [spent(more), spent(less)];
  const lessNs = theirs.ns / theirs.count;
  return { addedNs: ours.ns / ours.count - lessNs, lessNs, totalNs: ours.ns - theirs.ns };
}

function figureOf({ what, octets, barNs }: Traffic, costs: readonly Cost[]): Figure {
  const added = costs.map(({ addedNs }) => addedNs);
  const without = `without ${median(costs.map(({ lessNs }) => lessNs)).toFixed(0)}`;
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
