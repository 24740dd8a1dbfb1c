import { expect, test } from 'vitest';
import { ownerOf } from './owner.ts';

const podOf = (kind: unknown, name: unknown, labels = {}) => ({
  metadata: { labels, ownerReferences: [{ kind, name, controller: true }] },
});
const hash = { 'pod-template-hash': '7d9f' };

test.each([
  ['a Deployment, not its ReplicaSet', podOf('ReplicaSet', 'web-7d9f', hash), 'Deployment', 'web'],
  ['a ReplicaSet of its own', podOf('ReplicaSet', 'web-7d9f'), 'ReplicaSet', 'web-7d9f'],
  ['one called by the hash alone', podOf('ReplicaSet', '-7d9f', hash), 'ReplicaSet', '-7d9f'],
  ['a CronJob, not its Job', podOf('Job', 'backup-29412345'), 'CronJob', 'backup'],
  ['a Job that a person called', podOf('Job', 'migrate-42'), 'Job', 'migrate-42'],
  ['a StatefulSet', podOf('StatefulSet', 'db'), 'StatefulSet', 'db'],
  ['a node, of a static pod', podOf('Node', 'n1'), 'Node', 'n1'],
  ['nobody', {}, '', ''],
])('a pod belongs to %s', (_, pod, kind, name) => {
  expect(ownerOf(pod)).toEqual({ kind, name });
});

test('a reference that is no controller does not count, whichever comes first', () => {
  const reference = (name: string, controller?: boolean) => ({
    kind: 'StatefulSet',
    name,
    ...(controller !== undefined && { controller }),
  });
  const podWith = (...ownerReferences: readonly object[]) => ({ metadata: { ownerReferences } });
  expect(ownerOf(podWith(reference('miner'), reference('db', true)))).toMatchObject({ name: 'db' });
  for (const controller of [undefined, false])
    expect(ownerOf(podWith(reference('miner', controller)))).toMatchObject({ name: '' });
});

test.each([
  undefined,
  null,
  7,
  { metadata: null },
  { metadata: { ownerReferences: 'x' } },
  { metadata: { ownerReferences: [null, 3, { controller: true }] } },
  podOf(['Deployment'], 'web'),
  podOf('ReplicaSet', 'w'.repeat(300)),
  { metadata: { ownerReferences: [{ kind: 'ReplicaSet', name: 'web', controller: 'true' }] } },
])('what is no owner is none: %j', (pod) => {
  expect(ownerOf(pod)).toEqual({ kind: '', name: '' });
});
