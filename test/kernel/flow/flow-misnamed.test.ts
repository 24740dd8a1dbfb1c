import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openService } from '../../../lab/kubernetes/kube-proxy.ts';
import { Peer, type Socket } from '../../../lab/network/peer.ts';
import { type NodeStage, openNodeStage } from '../../../lab/scene/node-stage.ts';
import { stream } from '../../../lab/scene/stage.ts';

/*
 * If one end of a connection looks like an end of another, no name is better than a wrong one. Each
 * of these cases needs two connections to the same address and port.
 */
const LOOPBACK = '127.0.0.1';
const SERVICE = { address: '10.96.0.10', port: 80 } as const;

const stack = new AsyncDisposableStack();
let stage: NodeStage;
beforeAll(async () => {
  stage = stack.use(await openNodeStage());
  await masqueraded();
  await outside();
});
afterAll(() => stack.disposeAsync());

/** The peer whose flow could be misnamed, by cause. */
const misnamed = new Map<string, Peer>();
const flowOf = (what: string) => stage.scene.flowsOf(misnamed.get(what)?.cgroup ?? '')[0];

async function talk(client: Promise<Socket>, listener: Socket, bytes: number): Promise<void> {
  await stream(await client, await listener.accept(), bytes);
}

/** A pod dialed by a program of the node, and by a pod that is masqueraded with its address. */
async function masqueraded(): Promise<void> {
  const [{ node, pods }, { peer }] = [stage.network, stage];
  const [server, host, pod] = [peer(pods[1]), peer(node), peer(pods[0])];
  const address = pods[1].addresses[4];
  const { listener, port } = await server.listen(address);
  using _service = openService(node, {
    ...SERVICE,
    endpoints: [{ address, port }],
    masquerade: 'all',
  });
  await talk(host.connect(address, port), listener, 1000);
  await talk(pod.connect(SERVICE.address, SERVICE.port), listener, 500);
  misnamed.set('a masqueraded address', server);
  expect(flowOf('a masqueraded address')?.received.bytes).toBe(1500);
}

/** A program whose connection ends at a proxy in its own pod, which connects to the same server. */
async function redirected(): Promise<void> {
  const [{ pods }, { peer }] = [stage.network, stage];
  const [server, proxy, app] = [peer(pods[1]), peer(pods[0]), peer(pods[0])];
  const { listener, port } = await server.listen(pods[1].addresses[4]);
  const inside = await proxy.listen(LOOPBACK);
  await talk(proxy.connect(pods[1].addresses[4], port), listener, 1000);
  pods[0].run(
    'nft -f -',
    `add table ip mesh
    add chain ip mesh out { type nat hook output priority -100; }
    add rule ip mesh out tcp dport ${port} redirect to :${inside.port}`,
  );
  await talk(app.connect(pods[1].addresses[4], port), inside.listener, 500);
  pods[0].run('nft delete table ip mesh');
  expect(stage.scene.flowsOf(app.cgroup)).toMatchObject([
    {
      sent: { bytes: 500 },
      reachedAddress: LOOPBACK,
      reachedPort: inside.port,
      peer: { pod: String(statSync(proxy.cgroup).ino) },
    },
  ]);
}

/** A connection within the node to an unobserved program, and one within a pod. */
async function outside(): Promise<void> {
  const [{ node, pods }, { peer, scene }] = [stage.network, stage];
  const elsewhere = `${scene.cgroup}-outside`;
  mkdirSync(elsewhere);
  stack.defer(() => rmdirSync(elsewhere));
  const daemon = stack.use(new Peer(elsewhere, node.netns));
  const [server, client, host] = [peer(pods[0]), peer(pods[0]), peer(node)];
  const { listener, port } = await server.listen(LOOPBACK);
  const other = await daemon.socket('tcp', 4);
  await other.bind(LOOPBACK, port);
  await daemon.do('listen', '-', other.fd, 1);
  await talk(client.connect(LOOPBACK, port), listener, 1000);
  await talk(host.connect(LOOPBACK, port), other, 500);
  misnamed.set('a loopback address', host);
  expect(flowOf('a loopback address')?.sent.bytes).toBe(500);
}

test('the peer of a program with redirected packets is the proxy that received them', redirected);

test.each(['a masqueraded address', 'a loopback address'])(
  '%s gives no peer the name of another',
  (what) => {
    expect(flowOf(what)?.peer).toBeUndefined();
  },
);
