import { at, listAt, nameAt } from './json.ts';

/** What a pod belongs to, as people know it. */
export interface Owner {
  readonly kind: string;
  readonly name: string;
}

const NOBODY: Owner = { kind: '', name: '' };

/** An object has one or two. */
const MOST_REFERENCES = 16;

/** Jobs of a CronJob end with the time they were due at: minutes, or with Kubernetes < 1.21 seconds. */
const CRON_JOB = /^(.+)-(?:\d{8}|\d{10})$/;

/**
 * The workload, told by the pod's own metadata: the Deployment rather than the ReplicaSet it makes
 * for each version, the CronJob rather than its Job of today; else the controller. NOTE: a Job whose
 * name was given so by a person passes for one of a CronJob.
 */
export function ownerOf(pod: unknown): Owner {
  const references = listAt(pod, MOST_REFERENCES, 'metadata', 'ownerReferences');
  const controller = references.find((reference) => at(reference, 'controller') === true);
  const [kind, name] = [nameAt(controller, 'kind'), nameAt(controller, 'name')];
  if (kind === '' || name === '') return NOBODY;
  if (kind === 'ReplicaSet') return deploymentOf(pod, name) ?? { kind, name };
  if (kind === 'Job') return cronJobOf(name) ?? { kind, name };
  return { kind, name };
}

/** A Deployment calls its ReplicaSets by the hash of their pods, which it tells in a label. */
function deploymentOf(pod: unknown, replicaSet: string): Owner | undefined {
  const hash = nameAt(pod, 'metadata', 'labels', 'pod-template-hash');
  const suffix = `-${hash}`;
  if (hash === '' || !replicaSet.endsWith(suffix) || replicaSet === suffix) return undefined;
  return { kind: 'Deployment', name: replicaSet.slice(0, -suffix.length) };
}

function cronJobOf(job: string): Owner | undefined {
  const name = CRON_JOB.exec(job)?.[1];
  return name === undefined ? undefined : { kind: 'CronJob', name };
}
