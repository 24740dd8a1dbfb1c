import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { flowRow, ipv4, openConnection, otherPeers } from '../../core/flow/flow-record.fixture.ts';
import type { FlowRecord, OpenConnection } from '../../core/flow/flow-record.ts';
import type { PeerClass } from '../../core/flow/peer-class.ts';
import { Ledger } from '../../core/ledger/ledger.ts';
import { podName } from '../../core/place/pod-name.fixture.ts';
import { noNames } from '../../core/place/pod-name.ts';
import { reading, retired, row } from '../../core/reading/reading.fixture.ts';
import { runTick } from '../../core/tick.ts';
import { BILLED_APART, type BilledApart } from '../../core/usage/usage.ts';
import { Exposition } from '../exposition.ts';
import { SeriesBook } from '../series/series-book.ts';

const WEB = podName();
const PATHS: Readonly<Record<number, string>> = {
  10: '/system.slice/web.service',
  20: '/kubepods/podaaaa-1',
};
/** Indexed by the last octet of a peer. */
const CLASSES: readonly PeerClass[] = ['node', 'zone', 'region', 'cluster', 'private', 'internet'];
const OTHER_REGION = 13;
const BEHIND_NAT = ipv4(10, 1, 0, 5);

function classOf(address: string): PeerClass {
  const octet = Number(address.split('.').at(-1));
  return octet === OTHER_REGION ? 'cluster' : (CLASSES[octet] ?? 'internet');
}

/** A pod and a unit, with the traffic of the pod's flows. */
class Node {
  readonly #steps = {
    nodeName: 'n1',
    ledger: new Ledger({ hasEgress: true }),
    judges: [],
  };

  see(flows: readonly FlowRecord[], connections: readonly OpenConnection[] = []) {
    const rows = [10, 20].map((cgroupId) => row({ cgroupId, bornNs: 1_000e9 + cgroupId * 1e9 }));
    const read = reading([retired(), ...rows], { flow: flows, connection: connections });
    const { snapshot } = runTick(this.#steps, read, {
      pathOf: (id) => PATHS[id],
      names: { ...noNames, nameOf: (uid) => (uid === 'aaaa-1' ? WEB : noNames.nameOf(uid)) },
      classOf,
      billing: {
        isOtherRegion: (peer) => peer.endsWith(`.${OTHER_REGION}`),
        isBehindNat: (local) => local === '10.1.0.5',
      },
      throttledNsOf: () => undefined,
    });
    return snapshot;
  }
}

/** For class i, 10^i bytes sent and twice as much received. */
const FLOWS: readonly FlowRecord[] = [
  ...CLASSES.map((_, i) => moved({ slot: 500 + i, peer: ipv4(0, 0, 0, i) }, 10 ** i)),
  moved({ slot: 510, peer: ipv4(0, 0, 0, OTHER_REGION) }, 5),
  moved({ slot: 511, peer: ipv4(0, 0, 0, 9), local: BEHIND_NAT }, 7),
  otherPeers({ cgroupId: 20, sentBytes: 5_000_000, receivedBytes: 5_000_000 }),
  flowRow({ cgroupId: 10, slot: 512, peer: ipv4(0, 0, 0, 5), sentBytes: 3, receivedBytes: 3 }),
];

function moved(where: Parameters<typeof flowRow>[0], bytes: number): FlowRecord {
  return flowRow({ ...where, cgroupId: 20, sentBytes: bytes, receivedBytes: 2 * bytes });
}

async function linesOf(
  billedApart: readonly BilledApart[],
  format: 'prometheus' | 'openmetrics' = 'prometheus',
  snapshot = new Node().see(FLOWS),
): Promise<string[]> {
  const egress = 'opencost';
  const options = { version: '1', maxSeries: 1000, waitHistogram: 'off', egress } as const;
  const text = await new Exposition({ ...options, billedApart }).render(snapshot, format);
  return text
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('kubecost_'));
}

/** Letters: internet, same zone, same region, NAT gateway; y or n each. */
function series(way: 'egress' | 'ingress', [internet, zone, region, nat]: string, bytes: number) {
  const is = (letter: string | undefined) => String(letter === 'y');
  const where = `internet="${is(internet)}",same_zone="${is(zone)}",same_region="${is(region)}"`;
  const labels = `pod_name="web-0",namespace="shop",uid="aaaa-1",${where}`;
  return `kubecost_pod_network_${way}_bytes_total{${labels},nat_gateway="${is(nat)}",service=""} ${bytes}`;
}

test('OpenCost finds three series each for egress and ingress, without peers of the class unknown', async () => {
  expect(await linesOf([])).toEqual([
    series('egress', 'nyyn', 11_016),
    series('egress', 'nnyn', 100),
    series('egress', 'ynnn', 100_007),
    series('ingress', 'nyyn', 22_032),
    series('ingress', 'nnyn', 200),
    series('ingress', 'ynnn', 200_014),
  ]);
});

test('and one more each for other regions and for NAT gateways, if these are known', async () => {
  expect(await linesOf(BILLED_APART)).toEqual([
    series('egress', 'nyyn', 11_011),
    series('egress', 'nnyn', 100),
    series('egress', 'nnnn', 5),
    series('egress', 'ynnn', 100_000),
    series('egress', 'ynny', 7),
    series('ingress', 'nyyn', 22_022),
    series('ingress', 'nnyn', 200),
    series('ingress', 'nnnn', 10),
    series('ingress', 'ynnn', 200_000),
    series('ingress', 'ynny', 14),
  ]);
});

test('in OpenMetrics each has its creation time', async () => {
  const created = (await linesOf(['nat'], 'openmetrics')).filter((line) => /_created/.test(line));
  expect(created).toHaveLength(8);
  expect(created).toContain(
    series('ingress', 'ynny', 1767225620).replace('_bytes_total', '_bytes_created'),
  );
});

test.each([
  [[], 6],
  [['otherRegion'], 8],
  [['nat'], 8],
  [BILLED_APART, 10],
] as const)(
  'with %j apart, a pod has as many places as series: %i',
  async (billedApart, places) => {
    const snapshot = new Node().see(FLOWS);
    const reservedFor = (egress: 'class' | 'opencost') =>
      new SeriesBook({ maxSeries: 1000, waitHistogram: 'off', egress, billedApart }).scrapeOf(
        snapshot,
      ).reservedSeries;
    // By class, the pod and the unit have seven series each.
    expect(reservedFor('opencost') - reservedFor('class')).toBe(places - 14);
    expect(await linesOf(billedApart)).toHaveLength(places);
  },
);

const POD = '{pod_name="web-0",namespace="shop",uid="aaaa-1"}';
const SUM = 'by (pod_name, namespace, uid, cluster_id) / 1024 / 1024 / 1024';
const SUM_BY_SERVICE = 'by (pod_name, namespace, service, uid, cluster_id) / 1024 / 1024 / 1024';

/** The queries of OpenCost, with its default settings. */
function openCostQueries(way: 'egress' | 'ingress'): Readonly<Record<string, string>> {
  const increase = (labels: string) =>
    `sum(increase(kubecost_pod_network_${way}_bytes_total{${labels}, }[1h:1m]))`;
  return {
    zone: `${increase('internet="false", same_zone="false", same_region="true"')} ${SUM}`,
    region: `${increase('internet="false", same_zone="false", same_region="false"')} ${SUM}`,
    internet: `${increase('internet="true"')} ${SUM}`,
    internetByService: `${increase('internet="true"')} ${SUM_BY_SERVICE}`,
    nat: `${increase('nat_gateway="true"')} ${SUM_BY_SERVICE}`,
  };
}

const GIB = 1024 ** 3;
const TRANSFER = { zone: 3_000_000_019, region: 2_000_003, internet: 70_001, nat: 900_007 };

/** One transfer of each kind. Nearly twice as much is received as sent, part of it on an open connection. */
const TRANSFERS: readonly { readonly flow: FlowRecord; readonly open: OpenConnection }[] = [
  { peer: ipv4(0, 0, 0, 2), bytes: TRANSFER.zone },
  { peer: ipv4(0, 0, 0, OTHER_REGION), bytes: TRANSFER.region },
  { peer: ipv4(0, 0, 0, 5), bytes: TRANSFER.internet },
  { peer: ipv4(0, 0, 0, 6), bytes: TRANSFER.nat, local: BEHIND_NAT },
].map(({ bytes, ...where }, i) => {
  const slot = 500 + i;
  const open = { cgroupId: 20, flowSlot: slot, receivedBytes: bytes };
  return {
    flow: flowRow({
      ...where,
      slot,
      cgroupId: 20,
      sentBytes: bytes - 1000,
      receivedBytes: bytes - 3,
    }),
    open: openConnection(1000, open),
  };
});
const MOVED = {
  egress: (bytes: number) => bytes,
  ingress: (bytes: number) => 2 * bytes - 3,
} as const;

test('the queries of OpenCost give the bytes of a transfer by zone, region, internet and NAT', async () => {
  const node = new Node();
  const before = await linesOf(BILLED_APART, 'prometheus', node.see([]));
  const flows = TRANSFERS.map(({ flow }) => flow);
  const opened = TRANSFERS.map(({ open }) => open);
  const after = await linesOf(BILLED_APART, 'prometheus', node.see(flows, opened));
  const inputs = before.map((line, i) => {
    const [name = '', first] = line.split(' ');
    const [sameName, last] = after[i]?.split(' ') ?? [];
    expect(sameName).toBe(name);
    return { series: name, values: `${first}x9 ${last}x60` };
  });
  expect(inputs).toHaveLength(10);
  const expected: Readonly<Record<string, (of: (bytes: number) => number) => number>> = {
    zone: (of) => of(TRANSFER.zone),
    region: (of) => of(TRANSFER.region),
    internet: (of) => of(TRANSFER.internet) + of(TRANSFER.nat),
    internetByService: (of) => of(TRANSFER.internet) + of(TRANSFER.nat),
    nat: (of) => of(TRANSFER.nat),
  };
  const tests = (['egress', 'ingress'] as const).flatMap((way) =>
    Object.entries(openCostQueries(way)).map(([kind, expr]) => ({
      expr,
      eval_time: '1h',
      exp_samples: [{ labels: POD, value: (expected[kind]?.(MOVED[way]) ?? Number.NaN) / GIB }],
    })),
  );
  expect(await promtoolOutput(inputs, tests)).toContain('SUCCESS');
}, 60_000);

/** Output of `promtool test rules` for these queries on these series. */
async function promtoolOutput(
  inputs: readonly object[],
  tests: readonly object[],
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'vigia-test-'));
  const file = join(directory, 'test.yaml'); // JSON is YAML
  const story = { interval: '1m', input_series: inputs, promql_expr_test: tests };
  await writeFile(file, JSON.stringify({ tests: [story] }));
  const ended = promisify(execFile)('promtool', ['test', 'rules', file]);
  const { stdout, stderr } = await ended.catch((err: { stdout: string; stderr: string }) => err);
  await rm(directory, { recursive: true });
  return stdout + stderr;
}
