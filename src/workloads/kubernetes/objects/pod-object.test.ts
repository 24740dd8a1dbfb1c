import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idOf, podJson } from './pod.fixture.ts';
import { readPod } from './pod-object.ts';

const metadata = { uid: 'bbbb-2', namespace: 'kube-system', name: 'etcd-n1' };
const HASH = 'b5c29a1de83c5f1e1c4d6f3a9b8c7d6e';

test('what is used of a pod is kept', () => {
  expect(readPod(podJson())).toEqual({
    uid: 'aaaa-1',
    cgroupUid: 'aaaa-1',
    nodeName: 'n1',
    isFinished: false,
    startedMs: Date.UTC(2026, 0, 1),
    addresses: ['10.244.0.9', 'fd00::9'],
    name: {
      namespace: 'shop',
      pod: 'web-7d9f-x2x',
      hostNetwork: false,
      ownerKind: 'Deployment',
      ownerName: 'web',
      containers: new Map([[idOf('a'), 'app']]),
    },
  });
});

test('init, sidecar and ephemeral containers have names, and what they were before a restart', () => {
  const status = {
    initContainerStatuses: [
      { name: 'setup', state: { terminated: { containerID: `cri-o://${idOf('1')}` } } },
      { name: 'mesh', containerID: `cri-o://${idOf('2')}` },
    ],
    containerStatuses: [
      {
        name: 'app',
        containerID: `cri-o://${idOf('3')}`,
        lastState: { terminated: { containerID: `cri-o://${idOf('4')}` } },
      },
    ],
    ephemeralContainerStatuses: [{ name: 'debug', containerID: `cri-o://${idOf('5')}` }],
  };
  expect([...(readPod(podJson({ status }))?.name.containers ?? [])]).toEqual([
    [idOf('1'), 'setup'],
    [idOf('2'), 'mesh'],
    [idOf('4'), 'app'],
    [idOf('3'), 'app'],
    [idOf('5'), 'debug'],
  ]);
});

test('a static pod is called by the hash of its manifest', () => {
  const annotations = { 'kubernetes.io/config.mirror': HASH, 'kubernetes.io/config.hash': HASH };
  expect(readPod(podJson({ metadata: { ...metadata, annotations } }))?.cgroupUid).toBe(HASH);
});

test('a static pod is called by the uid that its manifest has', () => {
  const uid = '6c1f0f6e-6f0b-4a4e-9c62-8f0d5f3b7a11';
  const annotations = { 'kubernetes.io/config.mirror': uid, 'kubernetes.io/config.hash': uid };
  expect(readPod(podJson({ metadata: { ...metadata, annotations } }))?.cgroupUid).toBe(uid);
});

test.each([
  { 'kubernetes.io/config.hash': HASH },
  { 'kubernetes.io/config.mirror': 'x', 'kubernetes.io/config.hash': 'a/b' },
  { 'kubernetes.io/config.mirror': 'x', 'kubernetes.io/config.hash': '' },
])('a pod that only pretends to be one goes by its uid: %j', (annotations) => {
  expect(readPod(podJson({ metadata: { ...metadata, annotations } }))?.cgroupUid).toBe('bbbb-2');
});

test('a pod in the network of its node has no address of its own', () => {
  const pod = readPod(podJson({ spec: { hostNetwork: true } }));
  expect(pod).toMatchObject({ addresses: [], nodeName: '', name: { hostNetwork: true } });
});

test.each([
  [{}],
  [{ metadata: { ...metadata, uid: 7 } }],
  [{ metadata: { ...metadata, name: '' } }],
])('what lacks a name is no pod: %j', (object) => {
  expect(readPod(object)).toBeUndefined();
});

test('100 containers and names of 253 characters are read', () => {
  const name = 'n'.repeat(253);
  const containerStatuses = Array.from({ length: 100 }, (_, i) => ({
    name: `c${i}`,
    containerID: `containerd://${i.toString(16).padStart(64, '0')}`,
  }));
  const pod = readPod(podJson({ metadata: { ...metadata, name }, status: { containerStatuses } }));
  expect(pod?.name.pod).toBe(name);
  expect(pod?.name.containers.size).toBe(100);
});

test('whatever the API says, reading it does not fail', () => {
  const anything = fc.anything({ withNullPrototype: true, maxDepth: 3 });
  const keys = ['metadata', 'spec', 'status'].map((key) => [key, anything] as const);
  fc.assert(
    fc.property(fc.record(Object.fromEntries(keys)), (different) => {
      readPod(different);
      readPod(podJson(different));
      return true;
    }),
  );
});

test('of the labels those are kept that are asked for, and are text', () => {
  const labels = { 'example.org/may-mine': 'yes', team: 7, other: 'x' };
  const object = podJson({ metadata: { uid: 'u', namespace: 'a', name: 'b', labels } });
  const labelKeys = ['example.org/may-mine', 'team', 'absent'];
  expect(readPod(object, { labelKeys })?.name.labels).toEqual(
    new Map([['example.org/may-mine', 'yes']]),
  );
  expect(readPod(object)?.name).not.toHaveProperty('labels');
});
