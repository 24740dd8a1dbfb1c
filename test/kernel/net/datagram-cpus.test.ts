import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { datagramFlows } from '../../../lab/network/datagrams.ts';
import { type Network, openNetwork } from '../../../lab/network/network.ts';
import { compiled, runInside, until } from '../../../lab/process/process.ts';
import { openScene } from '../../../lab/scene/scene.ts';
import { NOTHING } from '../../../lab/scene/stage.ts';
import type { FlowTraffic } from '../../../src/core/flow/flow.ts';

/** Layer 3 figures of this many IPv4 datagrams. */
const onWire = ({ segments, bytes }: FlowTraffic) => ({
  packets: segments,
  bytes: bytes + 28 * segments,
});

const BARRAGE = { datagrams: 210_000, bytes: 10 };

/**
 * Packets of the loopback device are received on the CPU that RPS gives their flow, where they
 * interrupt a sender, and not on the sending CPU.
 */
function steerLoopback({ west }: Network): void {
  const script = `mount -t sysfs none /sys && cd /sys/class/net/lo/queues/rx-0 &&
    printf %x $(((1 << $(nproc)) - 1)) >rps_cpus`;
  execFileSync('nsenter', [`--net=${west.netns}`, 'unshare', '--mount', 'sh', '-c', script]);
}

test.each([
  { through: 'one socket', sockets: 'one', where: 'there', threads: 1 },
  { through: 'a connected socket each', sockets: 'each', where: 'there', threads: 3 },
  { through: 'one socket', sockets: 'one', where: 'elsewhere', threads: 3 },
  { through: 'a connected socket each', sockets: 'each', where: 'elsewhere', threads: 1 },
])('all CPUs at once lose nothing: $through, received $where', async (each) => {
  const { sockets, where, threads } = each;
  await using scene = await openScene();
  await using network = await openNetwork();
  if (where === 'elsewhere') steerLoopback(network);
  const cgroup = scene.makeCgroup('barrage');
  const { bytes } = BARRAGE;
  const datagrams = BARRAGE.datagrams / threads;
  const words = [datagrams, bytes, sockets, threads].map(String);
  const barrage = [compiled('barrage'), ...words];
  const enter = ['nsenter', `--net=${network.west.netns}`];
  const senders = Number(await runInside(cgroup, [...enter, ...barrage]));
  expect(senders).toBeGreaterThan(1);

  const peer = { protocol: 'udp', peerAddress: '127.0.0.1', port: 8080 };
  const nothing = { segments: 0, bytes: 0 };
  const sent = { segments: senders * datagrams, bytes: senders * datagrams * bytes };
  const flows = () => datagramFlows({ scene }, { cgroup });
  await until('the last to arrive', () => {
    const arrived = network.west.statistic('Ip.InDelivers');
    return flows().some(({ received }) => received.segments === arrived);
  });
  const arrived = network.west.statistic('Ip.InDelivers');
  const received = { segments: arrived, bytes: arrived * bytes };
  expect(flows().sort((a) => (a.direction === 'outbound' ? -1 : 1))).toMatchObject([
    { ...peer, direction: 'outbound', sent, received: nothing },
    { ...peer, direction: 'inbound', sent: nothing, received },
  ]);
  const { network: used } = scene.reserved('loopback');
  expect([...used.transmit, ...used.receive]).toEqual([
    NOTHING,
    onWire(sent),
    NOTHING,
    NOTHING,
    onWire(received),
    NOTHING,
  ]);
});
