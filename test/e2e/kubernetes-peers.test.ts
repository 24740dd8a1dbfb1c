import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KubeApiServer, startKubeApiServer } from '../../lab/kubernetes/kube-api-server.ts';
import {
  CLUSTER_READER,
  cgroupOf,
  makeAccount,
  makeNode,
  makePod,
  makeService,
  removePod,
} from '../../lab/kubernetes/kube-objects.ts';
import { openService } from '../../lab/kubernetes/kube-proxy.ts';
import {
  type NetworkPlace,
  type NodeNetwork,
  openNodeNetwork,
} from '../../lab/network/node-network.ts';
import { Peer } from '../../lab/network/peer.ts';
import { until } from '../../lab/process/process.ts';
import { type Daemon, freshSamples, runVigia, startDaemon } from '../../lab/scene/daemon.ts';
import { openScene, type Scene, socketOf } from '../../lab/scene/scene.ts';
import { type Connection, connection, stream } from '../../lab/scene/stage.ts';
import type { Flow } from '../../src/core/flow/flow.ts';

const NODE = 'node-a';
const SERVICE = { address: '10.96.0.10', port: 80 };
const API = { address: '10.96.0.1', port: 443 };
const SENT_BYTES = 12_345;
const family = 4;

const all = new AsyncDisposableStack();
let api: KubeApiServer;
let scene: Scene;
let network: NodeNetwork;
let daemon: Daemon;
/** A pod of this node, a pod in the node's own network, and a program on another node. */
let web: Peer;
let agent: Peer;
let far: Peer;
let farPlace: NetworkPlace;

beforeAll(async () => {
  api = all.use(await startKubeApiServer());
  scene = all.use(await openScene());
  network = all.use(await openNodeNetwork());
  farPlace = network.pods[1];
  await makeNode(api, NODE, { address: '192.0.2.77', zone: 'eu-a', region: 'eu' });
  await makeNode(api, 'node-b', { address: network.node.addresses[4], zone: 'eu-a', region: 'eu' });
  await makeNode(api, 'node-c', { address: '192.0.2.79', zone: 'eu-b', region: 'eu' });
  await makeService(api, 'db', SERVICE);
  web = await localPod('web-7d9f-1', network.pods[0], {
    metadata: {
      labels: { 'pod-template-hash': '7d9f' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7d9f', uid: 'r', controller: true },
      ],
    },
  });
  agent = await localPod('agent', network.node, { spec: { hostNetwork: true } });
  // Not observed, like anything on another node.
  far = all.use(new Peer(scene.options.cgroupMount, farPlace.netns));
  await makePod(api, {
    name: 'db-0',
    node: 'node-b',
    addresses: Object.values(farPlace.addresses),
  });
  const { token } = await makeAccount(api, CLUSTER_READER);
  const flags = [`--kubeconfig=${api.kubeconfig(await token())}`, `--node-name=${NODE}`];
  const optional = ['--peers=cluster', '--egress=class', '--pairs=workload'];
  daemon = all.use(await startDaemon(scene.options, [...flags, ...optional]));
});

afterAll(() => all.disposeAsync());

async function localPod(name: string, place: NetworkPlace, more: object): Promise<Peer> {
  const pod = await makePod(api, { name, node: NODE, addresses: [place.addresses[4]], ...more });
  return all.use(new Peer(scene.makeCgroup(cgroupOf(pod)), place.netns));
}

async function list(...words: readonly string[]): Promise<string> {
  const socket = `--socket=${socketOf(scene.options)}`;
  return (await runVigia(['connections', socket, ...words])).stdout;
}

/** Waits for a flow that matches. */
function flow(is: (flow: Flow) => boolean, ...words: readonly string[]): Promise<Flow> {
  const probe = async () => JSON.parse(await list('-o', 'json', ...words)) as Flow[];
  return until('a flow', async () => (await probe()).find(is));
}

/** Sends from one to the other, by an address and port that lead there. */
async function talk(
  from: Peer,
  to: Peer,
  dialled: { readonly address: string; readonly port: number },
): Promise<Connection> {
  const { listener, port } = await to.listen(farPlace.addresses[family]);
  const endpoints = [{ address: farPlace.addresses[family], port }];
  using _service = openService(network.node, { ...dialled, endpoints, masquerade: 'nobody' });
  const client = await from.connect(dialled.address, dialled.port);
  const server = await listener.accept();
  await stream(client, server, SENT_BYTES);
  await listener.close();
  return { client, server };
}

test('a pod on another node has its name and its workload, with either side as opener', async () => {
  await using other = new Peer(scene.options.cgroupMount, farPlace.netns);
  const out = await connection(web, far, farPlace.addresses[family]);
  await stream(out.client, out.server, SENT_BYTES);
  const into = await connection(other, web, network.pods[0].addresses[family]);
  const db = { kind: 'pod', namespace: 'default', name: 'db-0', workload: 'db-0' };
  for (const direction of ['outbound', 'inbound'])
    expect(await flow((one) => one.direction === direction, '--peer=default/db-0')).toMatchObject({
      pod: 'web-7d9f-1',
      peerIdentity: db,
      peerClass: 'zone',
    });
  expect(await list('--peer=default/db')).toMatch(/ out +tcp +default\/db-0 /);
  await into.client.close();
  const samples = await until('the pair', async () => {
    const fresh = await freshSamples(daemon);
    const pairs = fresh.select('vigia_workload_transmit_bytes_total', { peer_workload: 'db-0' });
    return pairs.length > 0 ? fresh : undefined;
  });
  const pair = { namespace: 'default', workload: 'web', peer_namespace: 'default' };
  expect(
    samples.one('vigia_workload_transmit_bytes_total', { ...pair, peer_workload: 'db-0' }),
  ).toBe(SENT_BYTES);
  const egress = { pod: 'web-7d9f-1', class: 'zone' };
  expect(samples.one('vigia_pod_egress_bytes_total', egress)).toBe(SENT_BYTES);
});

test('for a Service, a pod shows the dialed peer; a pod of the node also shows the reached one', async () => {
  await talk(web, far, SERVICE);
  const service = { kind: 'service', namespace: 'default', name: 'db', workload: '' };
  expect(await flow(({ pod }) => pod === 'web-7d9f-1', '--peer=svc/default/db')).toMatchObject({
    peerAddress: SERVICE.address,
    peerIdentity: service,
    peerClass: 'cluster',
  });
  await talk(agent, far, SERVICE);
  expect(await flow(({ pod }) => pod === 'agent', '--peer=svc/default/db')).toMatchObject({
    peerIdentity: service,
    reachedIdentity: { kind: 'pod', name: 'db-0' },
    peerClass: 'zone',
  });
  expect(await list('--pod=agent', '-o', 'wide')).toMatch(
    / svc\/default\/db .* default\/db-0:\d+ /,
  );
});

test('a node and the API server are identified', async () => {
  await using host = new Peer(scene.options.cgroupMount, network.node.netns);
  await connection(web, host, network.node.addresses[family]);
  expect(await flow(() => true, '--peer=node/node-b')).toMatchObject({
    pod: 'web-7d9f-1',
    peerIdentity: { kind: 'node', name: 'node-b' },
    peerClass: 'zone',
  });
  await talk(web, far, API);
  expect(await flow(() => true, '--peer=apiserver')).toMatchObject({
    peerAddress: API.address,
    peerClass: 'cluster',
  });
  expect(await list('--peer=apiserver')).toMatch(/ apiserver +443 /);
});

test('two pods of the node are identified by matching, whatever the API reports for their addresses', async () => {
  const place = network.pods[2];
  const addresses = [place.addresses[4]];
  const wrong = await makePod(api, { name: 'wrong', node: 'node-c', addresses });
  const right = await localPod('right', place, {});
  await removePod(api, wrong);
  const late = await makePod(api, { name: 'late', node: 'node-c', addresses });
  await connection(web, right, place.addresses[4]);
  expect(await flow((one) => one.peer?.pod === 'right')).toMatchObject({
    peerIdentity: { kind: 'pod', name: 'right' },
    peerClass: 'node',
  });
  await removePod(api, late);
});

test('an address that now belongs to another pod shows that pod, in its zone', async () => {
  await removePod(api, { path: '/api/v1/namespaces/default/pods/db-0' });
  const addresses = Object.values(farPlace.addresses);
  await makePod(api, { name: 'next-0', node: 'node-c', addresses });
  const dialled = (one: Flow) => one.peerAddress === farPlace.addresses[family];
  const renamed = await flow((one) => dialled(one) && one.peerIdentity?.name === 'next-0');
  expect(renamed).toMatchObject({ pod: 'web-7d9f-1', peerClass: 'region' });
});

test('each watched resource has a metric and a line in the health report', async () => {
  const samples = await daemon.samples();
  const resources = ['pods', 'services', 'nodes'];
  for (const resource of resources)
    expect(samples.one('vigia_kubernetes_watch_up', { resource })).toBe(1);
  const health = await daemon.get('/readyz?verbose');
  for (const resource of resources) expect(health).toContain(`[+]kubernetes-${resource} ok: `);
});
