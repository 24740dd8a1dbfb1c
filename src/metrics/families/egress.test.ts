import { expect, test } from 'vitest';
import { noBilling } from '../../core/flow/billing.ts';
import { flowRow, ipv4, otherPeers } from '../../core/flow/flow-record.fixture.ts';
import { PEER_CLASSES } from '../../core/flow/peer-class.ts';
import { Ledger } from '../../core/ledger/ledger.ts';
import { podName } from '../../core/place/pod-name.fixture.ts';
import { noNames } from '../../core/place/pod-name.ts';
import { reading, retired, row } from '../../core/reading/reading.fixture.ts';
import type { Snapshot } from '../../core/snapshot.ts';
import { runTick } from '../../core/tick.ts';
import { Exposition } from '../exposition.ts';
import type { EgressWord } from '../scrape.ts';
import { SeriesBook } from '../series/series-book.ts';
import { seriesCosts } from '../series/series-costs.ts';

const PATHS: Readonly<Record<number, string>> = {
  10: '/system.slice/web.service',
  20: '/kubepods/podaaaa-1',
};
const WEB = podName();

/** A pod that sent to a peer of each class, a unit that sent nothing, and unattributed traffic. */
function node(billing = noBilling): Snapshot {
  const flows = [
    ...PEER_CLASSES.map((_, i) =>
      flowRow({ cgroupId: 20, slot: 500 + i, peer: ipv4(0, 0, 0, i), sentBytes: 10 ** i }),
    ),
    otherPeers({ cgroupId: 20, sentBytes: 5_000_000 }),
    flowRow({ cgroupId: 99, slot: 510, peer: ipv4(0, 0, 0, 5), sentBytes: 7 }),
    otherPeers({ cgroupId: 0, slot: 0, sentBytes: 3 }),
  ];
  const rows = [10, 20].map((cgroupId) => row({ cgroupId, bornNs: 1_000e9 + cgroupId * 1e9 }));
  const steps = { nodeName: 'n1', ledger: new Ledger({ hasEgress: true }), judges: [] };
  const { snapshot } = runTick(steps, reading([retired(), ...rows], { flow: flows }), {
    pathOf: (id) => PATHS[id],
    names: { ...noNames, nameOf: (uid) => (uid === 'aaaa-1' ? WEB : noNames.nameOf(uid)) },
    classOf: (address) => PEER_CLASSES[Number(address.at(-1))] ?? 'internet',
    billing,
    throttledNsOf: () => undefined,
  });
  return snapshot;
}

async function egressLines(egress: EgressWord, snapshot = node()) {
  const exposition = new Exposition({
    version: '1',
    maxSeries: 1000,
    waitHistogram: 'off',
    egress,
  });
  const text = (await exposition.render(snapshot, 'prometheus')).toString();
  return text.split('\n').filter((line) => /^\w+_egress_/.test(line));
}

const CLASSES = ['node', 'zone', 'region', 'cluster', 'private', 'internet', 'unknown'];

const TOTALS = [
  'vigia_node_egress_bytes_total{class="node"} 1',
  'vigia_node_egress_bytes_total{class="zone"} 10',
  'vigia_node_egress_bytes_total{class="region"} 100',
  'vigia_node_egress_bytes_total{class="cluster"} 1000',
  'vigia_node_egress_bytes_total{class="private"} 10000',
  'vigia_node_egress_bytes_total{class="internet"} 100007',
  'vigia_node_egress_bytes_total{class="unknown"} 5000003',
  ...CLASSES.map((peers) => {
    const bytes = peers === 'internet' ? 7 : 0;
    return `vigia_unattributed_egress_bytes_total{class="${peers}"} ${bytes}`;
  }),
  ...['', 'system.slice', 'shop'].flatMap((namespace) =>
    CLASSES.map((peers) => {
      const bytes = namespace === '' && peers === 'unknown' ? 3 : 0;
      const labels = `{namespace="${namespace}",class="${peers}"}`;
      return `vigia_namespace_ended_egress_bytes_total${labels} ${bytes}`;
    }),
  ),
];

test('there are no egress metrics by default', async () => {
  expect(await egressLines('off')).toEqual([]);
});

test('by class a pod has seven series, at zero from its first scrape', async () => {
  const ofPod = (labels: string, bytes: readonly number[]) =>
    CLASSES.map((peers, i) => {
      return `vigia_pod_egress_bytes_total{${labels},class="${peers}"} ${bytes[i]}`;
    });
  expect(await egressLines('class')).toEqual([
    ...ofPod('namespace="system.slice",pod="web.service"', [0, 0, 0, 0, 0, 0, 0]),
    ...ofPod('namespace="shop",pod="web-0"', [1, 10, 100, 1000, 10_000, 100_000, 5_000_000]),
    ...TOTALS,
  ]);
});

test('traffic that clouds bill separately stays in its class', async () => {
  const apart = node({ isOtherRegion: () => true, isBehindNat: () => true });
  expect(apart.node.egress).not.toEqual(node().node.egress);
  expect(await egressLines('class', apart)).toEqual(await egressLines('class'));
});

test.each([
  ['off', 0, 0],
  ['class', 14, 7],
  ['opencost', 6, 7],
] as const)(
  'with %s, %i series more are set aside for pods, %i a namespace',
  (egress, pods, each) => {
    const reserved = (word: EgressWord) =>
      new SeriesBook({ maxSeries: 1000, waitHistogram: 'off', egress: word }).scrapeOf(node())
        .reservedSeries;
    expect(reserved(egress) - reserved('off')).toBe(pods + 3 * each);
  },
);

test('a pod without room for its egress series is left out completely', () => {
  const { pod, namespace } = seriesCosts({ egress: 'class' });
  const room = 3 * namespace + pod;
  const book = new SeriesBook({ maxSeries: room, waitHistogram: 'off', egress: 'class' });
  expect(book.scrapeOf(node()).pods.map(({ usage }) => usage.pod)).toEqual(['web-0']);
});
