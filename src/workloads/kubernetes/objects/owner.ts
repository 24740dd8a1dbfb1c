import { at, listAt, nameAt } from './json.ts';
import { MADE_FOR } from './owner-rules.ts';

/** The workload of a pod, as users know it. */
export interface Owner {
  readonly kind: string;
  readonly name: string;
}

const NOBODY: Owner = { kind: '', name: '' };

/** Objects usually have one or two. */
const MOST_REFERENCES = 16;

/** Labels with the hash that is the suffix of the ReplicaSet's name, and who sets them. */
const HASH_LABELS = [
  ['pod-template-hash', 'Deployment'],
  ['rollouts-pod-template-hash', 'Rollout'],
] as const;

const MINUTE_SECONDS = 60;
const [DAY_SECONDS, HOUR_SECONDS] = [86_400, 3600];
/** A Job can be suspended, or run for weeks. */
const LONGEST_JOB_SECONDS = 100 * DAY_SECONDS;
/** Clocks of nodes differ. Time zones do not matter, because the names have Unix time. */
const SKEW_SECONDS = HOUR_SECONDS;

/**
 * Finds the workload in the pod's own metadata: the Deployment or Rollout instead of its ReplicaSet, the
 * CronJob instead of its Job, or the owner by a platform ({@link MADE_FOR}); else the controller. NOTE: a
 * Job whose name a user chose in that form counts as part of a CronJob.
 */
export function ownerOf(pod: unknown): Owner {
  const references = listAt(pod, MOST_REFERENCES, 'metadata', 'ownerReferences');
  const controller = references.find((reference) => at(reference, 'controller') === true);
  const [kind, name] = [nameAt(controller, 'kind'), nameAt(controller, 'name')];
  if (kind === '' || name === '') return NOBODY;
  return (
    platformOwner(pod, kind) ??
    (kind === 'ReplicaSet' ? versionedOwner(pod, name) : undefined) ??
    (kind === 'Job' ? cronJobOf(name, createdSeconds(pod)) : undefined) ?? { kind, name }
  );
}

function platformOwner(pod: unknown, controller: string): Owner | undefined {
  for (const { label, kind, controllers } of MADE_FOR) {
    if (!controllers.includes(controller)) continue;
    const name = nameAt(pod, 'metadata', 'labels', label);
    if (name !== '') return { kind, name };
  }
  return undefined;
}

function versionedOwner(pod: unknown, replicaSet: string): Owner | undefined {
  for (const [label, kind] of HASH_LABELS) {
    const hash = nameAt(pod, 'metadata', 'labels', label);
    const suffix = `-${hash}`;
    if (hash !== '' && replicaSet.endsWith(suffix) && replicaSet !== suffix)
      return { kind, name: replicaSet.slice(0, -suffix.length) };
  }
  return undefined;
}

/**
 * A CronJob names its Jobs after the scheduled Unix time in minutes; before Kubernetes 1.21 in seconds
 * (pkg/controller/cronjob in kubernetes/kubernetes). Schedules are in whole minutes.
 */
function cronJobOf(job: string, podCreatedSeconds: number): Owner | undefined {
  const [, name, digits = ''] = /^(.+)-(\d{8}|\d{10})$/.exec(job) ?? [];
  if (name === undefined) return undefined;
  const dueSeconds = Number(digits) * (digits.length === 8 ? MINUTE_SECONDS : 1);
  const ageSeconds = podCreatedSeconds - dueSeconds;
  const isDue = ageSeconds >= -SKEW_SECONDS && ageSeconds <= LONGEST_JOB_SECONDS;
  return isDue && dueSeconds % MINUTE_SECONDS === 0 ? { kind: 'CronJob', name } : undefined;
}

/** NaN if it is not a time. */
function createdSeconds(pod: unknown): number {
  return Date.parse(nameAt(pod, 'metadata', 'creationTimestamp')) / 1000;
}
