import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';

/** Number of objects of each kind, by name in the API. */
export interface ClusterSize {
  readonly pods: number;
  readonly services: number;
  readonly nodes: number;
}

/** Further contents. */
export interface ClusterContent {
  /** Listed after all other pods. */
  readonly last?: ListedPod;
  /** The node of all pods. By default each node has 30. */
  readonly boundTo?: string;
}

/** A pod in the namespace shop. */
export interface ListedPod {
  readonly uid: string;
  readonly name: string;
  readonly node: string;
}

/** An API server that only serves lists. Removed at disposal. */
export interface LargeCluster extends AsyncDisposable {
  readonly kubeconfig: string;
  /** Number of lists served so far. */
  readonly lists: () => number;
}

/** Annotations and other fields that some clusters' pods have and Vigia ignores. */
const PADDING = 'x'.repeat(3000);

export async function startLargeCluster(
  size: ClusterSize,
  content: ClusterContent = {},
): Promise<LargeCluster> {
  let lists = 0;
  const server = createServer(({ url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://api');
    const kind = pathname.split('/').at(-1) as keyof ClusterSize;
    if (searchParams.has('watch')) return response.flushHeaders();
    const items = itemsOf(kind, size[kind], content);
    pipeline(Readable.from(listText(items)), response, () => {
      lists += 1;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(tmpdir(), `vigia-large-cluster-${process.pid}-${port}`);
  writeFileSync(kubeconfig, kubeconfigFor(port), { mode: 0o644 });
  return {
    kubeconfig,
    lists: () => lists,
    [Symbol.asyncDispose]: async () => {
      rmSync(kubeconfig);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** In one response, as the API serves from its cache. */
function* listText(items: Iterable<object>): Generator<string> {
  yield '{"kind":"List","metadata":{"resourceVersion":"10"},"items":[';
  let comma = '';
  for (const item of items) {
    yield comma + JSON.stringify(item);
    comma = ',';
  }
  yield ']}';
}

function* itemsOf(
  kind: keyof ClusterSize,
  count: number,
  { last, boundTo }: ClusterContent,
): Generator<object> {
  const spec = { nodeName: boundTo };
  for (let i = 0; i < count; i++)
    yield { ...MAKERS[kind](i), ...(kind === 'pods' && boundTo && { spec }) };
  if (kind !== 'pods' || !last) return;
  const { uid, node, name } = last;
  const metadata = { uid, name, namespace: 'shop' };
  yield { metadata, spec: { nodeName: node }, status: { phase: 'Running' } };
}

const addressOf = (first: number, i: number) =>
  `${first}.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;

/** Names are as long as in clouds. */
const MAKERS: Readonly<Record<keyof ClusterSize, (i: number) => object>> = {
  pods: (i) => {
    const workload = `checkout-service-${Math.floor(i / 5)}`;
    return {
      metadata: {
        ...metadataOf('pod', i),
        name: `${workload}-7d9f8b6c5d-${i.toString(36).padStart(5, '0')}`,
        labels: { 'pod-template-hash': '7d9f8b6c5d' },
        ownerReferences: [{ kind: 'ReplicaSet', name: `${workload}-7d9f8b6c5d`, controller: true }],
      },
      spec: { nodeName: nodeName(Math.floor(i / 30)) },
      status: {
        phase: 'Running',
        startTime: '2026-01-01T00:00:00Z',
        podIP: addressOf(10, i),
        podIPs: [{ ip: addressOf(10, i) }, { ip: `fd00:10:244::${i.toString(16)}` }],
      },
    };
  },
  services: (i) => ({
    metadata: { ...metadataOf('service', i), name: `checkout-service-${i}` },
    spec: {
      clusterIP: addressOf(11, i),
      clusterIPs: [addressOf(11, i), `fd00:10:96::${i.toString(16)}`],
      ports: [{ port: 80 }, { port: 443 }],
    },
  }),
  nodes: (i) => ({
    metadata: {
      ...metadataOf('node', i),
      name: nodeName(i),
      labels: {
        'topology.kubernetes.io/zone': `eu-central-1${'abc'[i % 3]}`,
        'topology.kubernetes.io/region': 'eu-central-1',
      },
    },
    status: { addresses: [{ type: 'InternalIP', address: addressOf(12, i) }] },
  }),
};

function metadataOf(kind: string, i: number): object {
  const uid = `${kind.padEnd(8, '0')}-0000-4000-8000-${String(i).padStart(12, '0')}`;
  return { uid, namespace: `team-${i % 300}-production`, annotations: { padding: PADDING } };
}

const nodeName = (i: number) => `ip-10-0-${i >> 6}-${i & 63}.eu-central-1.compute.internal`;

function kubeconfigFor(port: number): string {
  const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
  return JSON.stringify({
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}
