import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { ObjectTable } from './client/object-table.ts';
import { ClusterDirectory } from './cluster-directory.ts';
import { type NodeObject, readNode } from './objects/node-object.ts';
import { podJson } from './objects/pod.fixture.ts';
import { type PodObject, readPod } from './objects/pod-object.ts';
import { readService, type ServiceObject } from './objects/service-object.ts';
import { peerBounds } from './peer-bounds.ts';

let directory: ClusterDirectory;
let pods: ObjectTable<PodObject>;
let services: ObjectTable<ServiceObject>;
let nodes: ObjectTable<NodeObject>;
let api: { readonly address: string; readonly port: number } | undefined;

beforeEach(() => {
  api = undefined;
  directory = new ClusterDirectory('n1', () => api);
  const bounds = peerBounds('n1', 1000);
  pods = new ObjectTable(directory.pods, bounds.pods);
  services = new ObjectTable(directory.services, bounds.services);
  nodes = new ObjectTable(directory.nodes, bounds.nodes);
  for (const [name, zone, region] of [
    ['n1', 'a', 'eu'],
    ['n2', 'a', 'eu'],
    ['n3', 'b', 'eu'],
    ['n4', 'c', 'us'],
  ] as const)
    node(name, zone, region);
});

function put<T extends { readonly uid: string }>(table: ObjectTable<T>, object: T | undefined) {
  if (!object) throw new Error('that is none');
  table.put(object);
}

function node(name: string, zone: string, region: string): void {
  const labels = { 'topology.kubernetes.io/zone': zone, 'topology.kubernetes.io/region': region };
  const addresses = [
    { type: 'InternalIP', address: `192.0.2.${name.at(-1)}` },
    { type: 'Hostname', address: name },
  ];
  put(nodes, readNode({ metadata: { uid: name, name, labels }, status: { addresses } }));
}

interface PodFields {
  readonly node?: string;
  readonly phase?: string;
  readonly startTime?: string;
  readonly hostNetwork?: boolean;
}

function pod(uid: string, ip: string, fields: PodFields = {}): void {
  const {
    node = 'n2',
    phase = 'Running',
    startTime = '2026-01-01T00:00:00Z',
    hostNetwork,
  } = fields;
  const status = { phase, startTime, podIP: ip };
  const metadata = { uid, namespace: 'shop', name: uid };
  put(pods, readPod(podJson({ metadata, spec: { nodeName: node, hostNetwork }, status })));
}

function service(name: string, spec: object, status: object = {}, namespace = 'shop'): void {
  put(services, readService({ metadata: { uid: name, namespace, name }, spec, status }));
}

const nameAt = (address: string, port: number | undefined = 80) =>
  directory.identityOf({ address, port, protocol: 'tcp' })?.name;

test('a pod is told by each of its addresses, with its workload', () => {
  put(pods, readPod(podJson()));
  for (const address of ['10.244.0.9', 'fd00::9'])
    expect(directory.identityOf({ address, port: undefined, protocol: 'udp' })).toEqual({
      kind: 'pod',
      namespace: 'shop',
      name: 'web-7d9f-x2x',
      workload: 'web',
    });
  expect(directory.hasWorkload('shop', 'web')).toBe(true);
});

test('an address that is used again is that of the new pod, in whichever order they are told', () => {
  pod('old', '10.244.1.1');
  pod('new', '10.244.1.1', { startTime: '2026-01-01T00:01:00Z' });
  pod('old', '10.244.1.1', { phase: 'Running' });
  expect(nameAt('10.244.1.1')).toBe('new');
  pods.remove('old');
  expect(nameAt('10.244.1.1')).toBe('new');
  pods.remove('new');
  expect(nameAt('10.244.1.1')).toBeUndefined();
});

test('a pod that has finished gives its address up, and is of no workload any more', () => {
  pod('job', '10.244.1.2');
  pod('job', '10.244.1.2', { phase: 'Succeeded' });
  expect(nameAt('10.244.1.2')).toBeUndefined();
  expect(directory.hasWorkload('shop', 'job')).toBe(false);
  pods.remove('job');
  expect(directory.hasWorkload('shop', 'job')).toBe(false);
});

test('the address of a hostNetwork pod is its node', () => {
  pod('agent', '192.0.2.2', { hostNetwork: true });
  expect(directory.identityOf({ address: '192.0.2.2', port: 80, protocol: 'tcp' })).toMatchObject({
    kind: 'node',
    name: 'n2',
  });
});

test('a Service is told by its own addresses and those of its load balancer', () => {
  const status = { loadBalancer: { ingress: [{ ip: '203.0.113.8' }, { hostname: 'lb' }] } };
  service('web', { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7', 'fd00::7'] }, status);
  service('headless', { clusterIP: 'None', clusterIPs: ['None'] });
  for (const address of ['10.96.0.7', 'fd00::7', '203.0.113.8'])
    expect(nameAt(address)).toBe('web');
  expect(nameAt('None')).toBeUndefined();
});

test('of Services that share an address the port tells', () => {
  const status = { loadBalancer: { ingress: [{ ip: '203.0.113.8' }] } };
  service('web', { ports: [{ port: 443 }] }, status);
  service('dns', { ports: [{ port: 53, protocol: 'UDP' }] }, status);
  expect(nameAt('203.0.113.8', 443)).toBe('web');
  expect(directory.identityOf({ address: '203.0.113.8', port: 53, protocol: 'udp' })?.name).toBe(
    'dns',
  );
});

test('who writes down an address of somebody else does not get it', () => {
  pod('victim', '10.244.1.3');
  service('web', { clusterIP: '10.96.0.7' });
  service('thief', { externalIPs: ['10.244.1.3', '192.0.2.2', '10.96.0.7'] });
  expect(['10.244.1.3', '192.0.2.2', '10.96.0.7'].map((address) => nameAt(address))).toEqual([
    'victim',
    'n2',
    'web',
  ]);
});

test('the API server is its Service, and where it is reached', () => {
  service('kubernetes', { clusterIP: '10.96.0.1' }, {}, 'default');
  api = { address: '192.0.2.4', port: 6443 };
  const kindAt = (address: string, port?: number) =>
    directory.identityOf({ address, port, protocol: 'tcp' })?.kind;
  expect(kindAt('10.96.0.1', 443)).toBe('apiserver');
  expect(kindAt('192.0.2.4', 6443)).toBe('apiserver');
  expect(kindAt('192.0.2.4', 22)).toBe('node');
  expect(kindAt('192.0.2.4')).toBe('node');
});

test('how near a peer is is told by the zones of the nodes', () => {
  for (const [uid, on] of [
    ['p1', 'n1'],
    ['p2', 'n2'],
    ['p3', 'n3'],
    ['p4', 'n4'],
    ['p5', 'unknown'],
  ] as const)
    pod(uid, `10.244.2.${uid.at(-1)}`, { node: on });
  service('web', { clusterIP: '10.96.0.7' });
  const classes = [1, 2, 3, 4, 5].map((host) => directory.classOf(`10.244.2.${host}`));
  expect(classes).toEqual(['node', 'zone', 'region', 'cluster', 'cluster']);
  const ofNodes = [1, 2, 3, 4].map((host) => directory.classOf(`192.0.2.${host}`));
  expect(ofNodes).toEqual(['node', 'zone', 'region', 'cluster']);
  expect(directory.classOf('10.96.0.7')).toBe('cluster');
  expect(directory.classOf('8.8.8.8')).toBeUndefined();
});

test('another region is one that both nodes tell', () => {
  const isFar = (on: string, address: string) => {
    pod(`p-${on}`, address, { node: on });
    return directory.isOtherRegion(address);
  };
  node('n5', '', 'us');
  node('n6', 'us-a', '');
  expect(isFar('n5', '10.244.3.5')).toBe(true);
  expect(directory.isOtherRegion('192.0.2.5')).toBe(true);
  expect(isFar('n6', '10.244.3.6')).toBe(false);
  expect(isFar('n3', '10.244.3.3')).toBe(false);
  expect(isFar('unknown', '10.244.3.7')).toBe(false);
  expect(directory.isOtherRegion('8.8.8.8')).toBe(false);
});

test('what has gone leaves nothing', () => {
  service('web', { clusterIP: '10.96.0.7', externalIPs: ['203.0.113.8'] });
  services.remove('web');
  nodes.remove('n2');
  expect(['10.96.0.7', '203.0.113.8', '192.0.2.2'].map((one) => nameAt(one))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('whatever the API says of Services and nodes, reading it does not fail', () => {
  const anything = fc.anything({ maxDepth: 3 });
  fc.assert(
    fc.property(anything, anything, (spec, status) => {
      const metadata = { uid: 'u', namespace: 'shop', name: 'x', labels: spec };
      put(services, readService({ metadata, spec, status }));
      put(services, readService({ metadata, spec: { clusterIPs: spec, ports: status } }));
      put(nodes, readNode({ metadata, spec, status }));
      return true;
    }),
  );
});
