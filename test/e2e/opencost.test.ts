import { afterAll, beforeAll, expect, test } from 'vitest';
import { startKubeApiServer } from '../../lab/kubernetes/kube-api-server.ts';
import {
  CLUSTER_READER,
  cgroupOf,
  makeAccount,
  makeNode,
  makePod,
} from '../../lab/kubernetes/kube-objects.ts';
import { openService } from '../../lab/kubernetes/kube-proxy.ts';
import { type Prometheus, startPrometheus } from '../../lab/monitoring/prometheus.ts';
import {
  type NetworkPlace,
  type NodeNetwork,
  openNodeNetwork,
} from '../../lab/network/node-network.ts';
import { Peer } from '../../lab/network/peer.ts';
import { until } from '../../lab/process/process.ts';
import { type Daemon, freshSamples, startDaemon } from '../../lab/scene/daemon.ts';
import { openScene, type Scene } from '../../lab/scene/scene.ts';
import { type Connection, connection, stream } from '../../lab/scene/stage.ts';

const NODE = 'node-a';
const SENT = { region: 12_345, internet: 2_003, nat: 30_011 };
const RECEIVED = { region: 54_321, internet: 3_001, nat: 40_009 };
const ON_THE_INTERNET = { address: '1.1.1.1', port: 443 };
const family = 4;

const all = new AsyncDisposableStack();
let scene: Scene;
let network: NodeNetwork;
let daemon: Daemon;
let prometheus: Prometheus;
/**
 * A pod behind a NAT gateway and one that is not, both on this node, and a program in another
 * region.
 */
let inside: Peer;
let outside: Peer;
let far: Peer;
let farPlace: NetworkPlace;

beforeAll(async () => {
  const api = all.use(await startKubeApiServer());
  scene = all.use(await openScene());
  network = all.use(await openNodeNetwork());
  farPlace = network.pods[1];
  await makeNode(api, NODE, { address: '192.0.2.77', zone: 'eu-a', region: 'eu' });
  await makeNode(api, 'node-b', { address: '192.0.2.78', zone: 'us-a', region: 'us' });
  const local = async (name: string, place: NetworkPlace): Promise<Peer> => {
    const pod = await makePod(api, { name, node: NODE, addresses: [place.addresses[family]] });
    return all.use(new Peer(scene.makeCgroup(cgroupOf(pod)), place.netns));
  };
  inside = await local('inside', network.pods[0]);
  outside = await local('outside', network.pods[2]);
  // Not observed, like anything on another node.
  far = all.use(new Peer(scene.options.cgroupMount, farPlace.netns));
  const addresses = Object.values(farPlace.addresses);
  await makePod(api, { name: 'db-0', node: 'node-b', addresses });
  const { token } = await makeAccount(api, CLUSTER_READER);
  daemon = all.use(
    await startDaemon(scene.options, [
      `--kubeconfig=${api.kubeconfig(await token())}`,
      `--node-name=${NODE}`,
      ...['--peers=cluster', '--egress=opencost'],
      `--nat-networks=${network.pods[0].addresses[family]}/32`,
    ]),
  );
  prometheus = all.use(await startPrometheus(daemon.url));
});

afterAll(() => all.disposeAsync());

async function exchange({ client, server }: Connection, sent: number, received: number) {
  await stream(client, server, sent);
  await stream(server, client, received);
}

const TARIFFS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  near: { internet: 'false', same_zone: 'true', same_region: 'true', nat_gateway: 'false' },
  zone: { internet: 'false', same_zone: 'false', same_region: 'true', nat_gateway: 'false' },
  region: { internet: 'false', same_zone: 'false', same_region: 'false', nat_gateway: 'false' },
  internet: { internet: 'true', same_zone: 'false', same_region: 'false', nat_gateway: 'false' },
  nat: { internet: 'true', same_zone: 'false', same_region: 'false', nat_gateway: 'true' },
};

/** Bytes moved by a pod, by tariff. */
async function movedBy(pod_name: string, way: 'egress' | 'ingress') {
  const samples = await freshSamples(daemon);
  const family = `kubecost_pod_network_${way}_bytes_total`;
  const moved = Object.entries(TARIFFS).map(([kind, labels]) => {
    return [kind, samples.one(family, { pod_name, namespace: 'default', ...labels, service: '' })];
  });
  return Object.fromEntries(moved);
}

test('each byte of a pod is billed by the location of the peer, while the connection is open', async () => {
  const nothing = { near: 0, zone: 0, region: 0, internet: 0, nat: 0 };
  expect(await movedBy('inside', 'ingress')).toEqual(nothing);
  const region = await connection(inside, far, farPlace.addresses[family]);
  await exchange(region, SENT.region, RECEIVED.region);
  // An address on the internet, as far as a pod can see.
  const { listener, port } = await far.listen(farPlace.addresses[family]);
  const endpoints = [{ address: farPlace.addresses[family], port }];
  using _ = openService(network.node, { ...ON_THE_INTERNET, endpoints, masquerade: 'nobody' });
  const dial = async (from: Peer): Promise<Connection> => {
    const client = await from.connect(ON_THE_INTERNET.address, ON_THE_INTERNET.port);
    return { client, server: await listener.accept() };
  };
  const nat = await dial(inside);
  await exchange(nat, SENT.nat, RECEIVED.nat);
  const internet = await dial(outside);
  await exchange(internet, SENT.internet, RECEIVED.internet);
  const scrape = async () => [
    await movedBy('inside', 'egress'),
    await movedBy('inside', 'ingress'),
    await movedBy('outside', 'egress'),
    await movedBy('outside', 'ingress'),
  ];
  const moved = [
    { ...nothing, region: SENT.region, nat: SENT.nat },
    { ...nothing, region: RECEIVED.region, nat: RECEIVED.nat },
    { ...nothing, internet: SENT.internet },
    { ...nothing, internet: RECEIVED.internet },
  ];
  expect(await scrape()).toEqual(moved);
  for (const { client, server } of [region, nat, internet]) {
    await client.close();
    await server.close();
  }
  expect(await scrape()).toEqual(moved);
});

test('a real Prometheus returns series by pod, namespace and uid, without a service', async () => {
  const nat = 'kubecost_pod_network_ingress_bytes_total{nat_gateway="true", }';
  const [answer, ...others] = await until('the scrape', async () => {
    const answers = await prometheus.query(
      `sum(${nat}) by (pod_name, namespace, service, uid) > 0`,
    );
    return answers.length > 0 ? answers : undefined;
  });
  expect(others).toEqual([]);
  expect(answer).toEqual({
    name: '',
    labels: { pod_name: 'inside', namespace: 'default', uid: expect.stringMatching(/^[\w-]{36}$/) },
    reading: RECEIVED.nat,
  });
});
