import { expect, test } from 'vitest';
import { ownerOf } from './owner.ts';

/** When 29410560 minutes of Unix time had passed, and seven seconds. */
const CREATED = '2025-12-02T00:00:07Z';
const podOf = (
  kind: unknown,
  name: unknown,
  labels = {},
  creationTimestamp: unknown = CREATED,
) => ({
  metadata: { labels, creationTimestamp, ownerReferences: [{ kind, name, controller: true }] },
});
const hash = { 'pod-template-hash': '7d9f' };
const rollout = { 'rollouts-pod-template-hash': '7c9f6d5b4' };
const knative = { 'serving.knative.dev/service': 'hello', 'pod-template-hash': '5b7c' };

test.each([
  ['a Deployment, not its ReplicaSet', podOf('ReplicaSet', 'web-7d9f', hash), 'Deployment', 'web'],
  ['a ReplicaSet of its own', podOf('ReplicaSet', 'web-7d9f'), 'ReplicaSet', 'web-7d9f'],
  ['one called by the hash alone', podOf('ReplicaSet', '-7d9f', hash), 'ReplicaSet', '-7d9f'],
  ['a CronJob, not its Job', podOf('Job', 'report-29410560'), 'CronJob', 'report'],
  ['a CronJob before 1.21', podOf('Job', 'report-1764633600'), 'CronJob', 'report'],
  ['a CronJob whose Job runs for weeks', podOf('Job', 'report-29380000'), 'CronJob', 'report'],
  ['a Job of a day', podOf('Job', 'backup-20240115'), 'Job', 'backup-20240115'],
  ['a Job of an hour', podOf('Job', 'import-2024011506'), 'Job', 'import-2024011506'],
  ['a Job of a day to come', podOf('Job', 'backup-20251202'), 'Job', 'backup-20251202'],
  ['a Job of a second', podOf('Job', 'build-1764633601'), 'Job', 'build-1764633601'],
  ['a Job due next year', podOf('Job', 'x-29999999'), 'Job', 'x-29999999'],
  [
    'a Job where nobody says since when',
    podOf('Job', 'report-29410560', {}, 'x'),
    'Job',
    'report-29410560',
  ],
  ['a Rollout', podOf('ReplicaSet', 'shop-7c9f6d5b4', rollout), 'Rollout', 'shop'],
  ['a ReplicaSet of another hash', podOf('ReplicaSet', 'shop-1', rollout), 'ReplicaSet', 'shop-1'],
  ['a CloneSet of OpenKruise', podOf('CloneSet', 'shop'), 'CloneSet', 'shop'],
  ['a StrimziPodSet', podOf('StrimziPodSet', 'bus-kafka'), 'StrimziPodSet', 'bus-kafka'],
  ['an operator', podOf('Cluster', 'pg'), 'Cluster', 'pg'],
  [
    'a Service of Knative',
    podOf('ReplicaSet', 'hello-00007-deployment-5b7c', knative),
    'KnativeService',
    'hello',
  ],
  [
    'what KServe serves by it',
    podOf('ReplicaSet', 'iris-predictor-00001-deployment-5b7c', {
      ...knative,
      'serving.kserve.io/inferenceservice': 'iris',
    }),
    'InferenceService',
    'iris',
  ],
  ['a label that anybody has', podOf('StatefulSet', 'db', knative), 'StatefulSet', 'db'],
  [
    'a CronWorkflow',
    podOf('Workflow', 'etl-1764633600', { 'workflows.argoproj.io/cron-workflow': 'etl' }),
    'CronWorkflow',
    'etl',
  ],
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
