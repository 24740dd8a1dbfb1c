import { readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { openService } from '../../../lab/kubernetes/kube-proxy.ts';
import { openNetwork } from '../../../lab/network/network.ts';
import { compiled, startInside, until } from '../../../lab/process/process.ts';
import { openNodeStage } from '../../../lab/scene/node-stage.ts';
import { memoryFor, openScene, type Scene } from '../../../lab/scene/scene.ts';
import { CONNECTION_MULTIPLE, mostOf } from '../../../lab/scene/shares.ts';
import { load } from '../../../src/kernel/load/loader.ts';
import { connectionsFor } from '../../../src/kernel/machine.ts';

const BY_ADDRESS = { hasSocketStorage: false };
const SLOTS = 256;
const CONNECTIONS = { count: 1500, ends: 2 };

const mapOf = ({ options }: Scene) => join(options.bpffs, 'current/maps/connection_by_address');

/** Stored connections, open or not. */
async function kept(scene: Scene): Promise<number> {
  const args = ['map', 'dump', 'pinned', mapOf(scene)];
  return (await scene.bpftool.json<unknown[]>(args)).length;
}

test('connections beyond the limit are counted as lost, and closed sockets free places', async () => {
  const mapMemoryBytes = await memoryFor(SLOTS, BY_ADDRESS);
  await using scene = await openScene({ ...BY_ADDRESS, mapMemoryBytes });
  await using network = await openNetwork();
  const pid = network.west.netns.split('/')[2] ?? '';
  const enter = ['nsenter', '-t', pid, '-n'];
  const cgroup = scene.makeCgroup('holder');
  const openNow = () => scene.flowsOf(cgroup).reduce((sum, flow) => sum + flow.openNow, 0);
  const hold = async (count: number, port: number) => {
    const command = [...enter, compiled('crowd'), String(count), '64', String(port)];
    const holder = await startInside(cgroup, command);
    await holder.prints('ready');
    return holder;
  };
  {
    await using _ = await hold(CONNECTIONS.count, 9000);
    const tracked = mostOf(connectionsFor(SLOTS), CONNECTION_MULTIPLE);
    expect(openNow()).toBe(tracked);
    const withoutRoom = CONNECTIONS.count * CONNECTIONS.ends - tracked;
    expect(scene.lost()['connection.over_share']).toBeGreaterThanOrEqual(withoutRoom);
  }
  await until('the sockets to go', async () => (await kept(scene)) === 0);
  expect(openNow()).toBe(0);
  const lostBefore = scene.lost()['connection.over_share'];
  await until('the rows of their flows to go', () => {
    scene.reap();
    return scene.flowsOf(cgroup).length === 1;
  });
  // More than fit a page of the table, each to a different peer.
  await using _ = await hold(300, 9001);
  expect(openNow()).toBe(300 * CONNECTIONS.ends);
  const dialled = scene.flowsOf(cgroup).filter(({ direction }) => direction === 'outbound');
  const open = dialled.filter(({ peerAddress }) => peerAddress !== '').map((flow) => flow.openNow);
  expect(open).toEqual(Array(300).fill(1));
  expect(scene.lost()['connection.over_share']).toBe(lostBefore);
});

test('if the dialed address is translated, a program of the node shows both', async () => {
  await using stage = await openNodeStage(BY_ADDRESS);
  const { node, pods } = stage.network;
  const [west, east] = [stage.peer(node), stage.peer(pods[1])];
  const address = pods[1].addresses[4];
  const { listener, port } = await east.listen(address);
  const dialled = { address: '10.96.0.10', port: 80 };
  using _service = openService(node, {
    ...dialled,
    endpoints: [{ address, port }],
    masquerade: 'nobody',
  });
  await west.connect(dialled.address, dialled.port);
  await listener.accept();
  expect(stage.scene.flowsOf(west.cgroup)).toMatchObject([
    { peerAddress: dialled.address, port: 80, reachedAddress: address, reachedPort: port },
  ]);
});

/** Makes a load look as if it had never pinned a map. A pinned one would be repaired. */
function leaveOut({ options }: Scene, map: string): void {
  const inventory = join(options.bpffs, 'current/inventory');
  const without = readlinkSync(inventory).replace(`${basename(map)},`, '');
  rmSync(inventory);
  symlinkSync(without, inventory);
  rmSync(map);
}

test('a load that replaces one with a different connection store starts at zero', async () => {
  await using scene = await openScene(BY_ADDRESS);
  leaveOut(scene, mapOf(scene));
  const other = { ...scene.options, uid: 65533 };
  expect(await load(scene.bpftool, other)).toBe('restarted');
  expect(await load(scene.bpftool, scene.options)).toBe('taken over');
});
