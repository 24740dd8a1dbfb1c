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

/** Packets between two processes. */
export interface Traffic {
  readonly what: string;
  /** Arguments of bench/packets.c, before and after the address. */
  readonly kind: 'datagrams' | 'requests' | 'stream' | 'messages' | 'visits';
  readonly args: readonly string[];
  /** Payload that both ends send and receive in a run, if it is inspected. */
  readonly bytes?: number;
  /** Limit of the added cost per packet. */
  readonly limitNs?: number;
}

/** Two kinds of loads. */
interface Kinds {
  /** With the measured feature. */
  readonly more: SceneSettings;
  /** Without it. */
  readonly less: SceneSettings;
}

/** Both loads see the same packets. */
export interface Comparison extends Kinds {
  readonly traffic: readonly Traffic[];
}

/** Several, because the cost of a load depends on the addresses of its maps. */
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

/** Costs of one kind of traffic in a round. */
interface Cost {
  /** Additional cost per packet. */
  readonly addedNs: number;
  /** Cost per packet without the feature. */
  readonly lessNs: number;
  /** Additional cost of all packets together. */
  readonly totalNs: number;
}

/**
 * The cost per packet that one kind of load adds to another. The first program pays for filling the
 * caches, so there is a pair in each order.
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
  kinds: Kinds,
  networks: Networks,
  costs: ReadonlyMap<Traffic, Cost[]>,
  signal: AbortSignal,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const pairs = [await openPair(stack, kinds, 'outer'), await openPair(stack, kinds, 'inner')];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [traffic, measured] of costs) {
      signal.throwIfAborted();
      measured.push(await measureRound(pairs, networks, traffic));
    }
  }
}

async function openPair(
  stack: AsyncDisposableStack,
  kinds: Kinds,
  doesMore: 'outer' | 'inner',
): Promise<Pair> {
  const isInner = doesMore === 'inner';
  const { outer, inner } = await openNestedScenes(stack, {
    outer: isInner ? kinds.less : kinds.more,
    inner: isInner ? kinds.more : kinds.less,
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

function figureOf({ what, bytes, limitNs }: Traffic, costs: readonly Cost[]): Figure {
  const added = costs.map(({ addedNs }) => addedNs);
  const without = `without ${median(costs.map(({ lessNs }) => lessNs)).toFixed(0)}`;
  const nsPerByte = median(costs.map(({ totalNs }) => totalNs / (bytes ?? Number.NaN)));
  return {
    what,
    measured: median(added),
    unit: 'ns',
    range: rangeOf(added),
    note: bytes === undefined ? without : `${without}; ${nsPerByte.toFixed(2)} ns per byte`,
    ...(limitNs !== undefined && { limit: limitNs }),
  };
}
