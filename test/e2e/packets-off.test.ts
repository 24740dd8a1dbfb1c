import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Samples } from '../../lab/monitoring/samples.ts';
import type { Peer } from '../../lab/network/peer.ts';
import { until } from '../../lab/process/process.ts';
import { type Daemon, startDaemon } from '../../lab/scene/daemon.ts';
import type { Scene } from '../../lab/scene/scene.ts';
import { connection, openStage, type Stage, stream } from '../../lab/scene/stage.ts';
import { attachedBelow } from '../../src/kernel/load/attachments.ts';
import { load } from '../../src/kernel/load/loader.ts';

const SENT = 'vigia_pod_tcp_payload_transmit_bytes_total';
const RECEIVED = 'vigia_pod_tcp_payload_receive_bytes_total';
const PACKET_FAMILIES = /^vigia_\w+_(network|loopback|dns)_/;

let stage: Stage;
let daemon: Daemon;
beforeAll(async () => {
  stage = await openStage({ hasPackets: false });
  daemon = await startDaemon(stage.scene.options);
});
afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

const podOf = ({ cgroup }: Peer) => ({ pod: cgroup.split('/').at(-1) ?? '' });
const names = ({ all }: Samples) => new Set(all.map(({ name }) => name));

async function untilBoth(west: Peer, east: Peer, bytes: number): Promise<void> {
  await until(`${bytes} bytes at both ends`, async () => {
    const samples = await daemon.samples();
    const sent = samples.select(SENT, podOf(west))[0]?.reading;
    return sent === bytes && samples.select(RECEIVED, podOf(east))[0]?.reading === bytes;
  });
}

/** Detection outside the packet path. */
const MINING = ['see_device', 'see_sysctl'];

async function attached({ bpftool, cgroup }: Scene): Promise<string[]> {
  return (await attachedBelow(bpftool, cgroup)).map(({ name }) => name).sort();
}

test('no program is attached to packets, and sockets count TCP payload, open and ended', async () => {
  const { scene, network } = stage;
  expect(await attached(scene)).toEqual(MINING);
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const first = await connection(west, east, network.east.addresses[4]);
  await stream(first.client, first.server, 100_000);
  await untilBoth(west, east, 100_000);
  const second = await connection(west, east, network.east.addresses[6]);
  await stream(second.client, second.server, 5000);
  await first.client.close();
  await first.server.receive(1);
  await first.server.close();
  await untilBoth(west, east, 105_000);

  const samples = await daemon.samples();
  expect([...names(samples)].filter((name) => PACKET_FAMILIES.test(name))).toEqual([]);
  const [node, unattributed] = ['node', 'unattributed'].map((whose) =>
    samples.one(SENT.replace('pod', whose)),
  );
  const pods = samples.sum(SENT);
  expect(pods + (unattributed ?? 0)).toBe(node);
  expect(samples.select('vigia_pod_tcp_connects_total', podOf(west))[0]?.reading).toBe(2);
});

test('a load with packets continues from all previous counts', async () => {
  const { scene, network } = stage;
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const { client, server } = await connection(west, east, network.east.addresses[4]);
  await stream(client, server, 700);
  await untilBoth(west, east, 700);
  const { options } = scene;
  expect(await load(scene.bpftool, { ...options, hasPackets: true })).toBe('taken over');
  expect(await attached(scene)).toEqual(
    ['count_receive', 'count_transmit', 'note_release', ...MINING].sort(),
  );
  await stream(client, server, 300);
  const layer3 = 'vigia_pod_network_transmit_bytes_total';
  const samples = await until('packets to be counted', async () => {
    const now = await daemon.samples();
    const [tcp] = now.select(layer3, { ...podOf(west), protocol: 'tcp' });
    return tcp && tcp.reading > 300 ? now : undefined;
  });
  expect(names(samples).has(SENT)).toBe(false);
  expect(scene.flowsOf(west.cgroup)).toMatchObject([{ openNow: 1, sent: { bytes: 1000 } }]);
});
