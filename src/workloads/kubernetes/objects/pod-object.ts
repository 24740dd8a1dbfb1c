import { canonicalAddress } from '../../../core/flow/address.ts';
import type { PodLabels, PodName } from '../../../core/place/pod-name.ts';
import { at, listAt, nameAt, timeMsAt } from './json.ts';
import { ownerOf } from './owner.ts';

/** The fields of a pod that Vigia keeps: a few hundred bytes of several thousand. */
export interface PodObject {
  readonly uid: string;
  /** The uid in its cgroup names. Differs from `uid` for static pods. */
  readonly cgroupUid: string;
  readonly nodeName: string;
  /** Whether it has ended for good, so its addresses are free. */
  readonly isFinished: boolean;
  /** Unix time; 0 before the kubelet has accepted it. */
  readonly startedMs: number;
  readonly addresses: readonly string[];
  readonly name: PodName;
}

/** More do not fit in an object of 1.5 MB. */
const MOST_CONTAINERS = 10_000;
/** A pod has one per IP family. */
const MOST_ADDRESSES = 4;

/**
 * The kubelet names the cgroups of a static pod after the uid in its manifest, or the manifest's hash.
 * It writes that to an annotation of the mirror pod, which has another uid.
 */
const MIRROR = 'kubernetes.io/config.mirror';
const STATIC_UID = 'kubernetes.io/config.hash';
const IN_A_CGROUP = /^[\w-]{1,253}$/;

/** Selects the optional fields of pods. */
export interface PodWishes {
  /** If set, container names are kept for pods of this node only. */
  readonly nodeName?: string;
  /** Keys of the labels to keep. */
  readonly labelKeys?: readonly string[];
}

/** Undefined for a malformed pod. */
export function readPod(object: unknown, wishes: PodWishes = {}): PodObject | undefined {
  const { nodeName, labelKeys = [] } = wishes;
  const uid = nameAt(object, 'metadata', 'uid');
  const namespace = nameAt(object, 'metadata', 'namespace');
  const pod = nameAt(object, 'metadata', 'name');
  if (uid === '' || namespace === '' || pod === '') return undefined;
  const { kind, name } = ownerOf(object);
  const phase = at(object, 'status', 'phase');
  const node = nameAt(object, 'spec', 'nodeName');
  const hostNetwork = at(object, 'spec', 'hostNetwork') === true;
  return {
    uid,
    cgroupUid: staticUidOf(object) ?? uid,
    nodeName: node,
    isFinished: phase === 'Succeeded' || phase === 'Failed',
    startedMs: timeMsAt(object, 'status', 'startTime'),
    addresses: hostNetwork ? [] : addressesOf(object),
    name: {
      namespace,
      pod,
      hostNetwork,
      ownerKind: kind,
      ownerName: name,
      ...(labelKeys.length > 0 && { labels: labelsOf(object, labelKeys) }),
      containers: nodeName === undefined || nodeName === node ? containersOf(object) : NONE,
    },
  };
}

/** NOTE: users can write these annotations, so this is only a claim: see PodBook. */
function staticUidOf(object: unknown): string | undefined {
  const annotations = at(object, 'metadata', 'annotations');
  const uid = nameAt(annotations, STATIC_UID);
  return at(annotations, MIRROR) !== undefined && IN_A_CGROUP.test(uid) ? uid : undefined;
}

function labelsOf(object: unknown, keys: readonly string[]): PodLabels {
  const labels = at(object, 'metadata', 'labels');
  const kept = keys.filter((key) => typeof at(labels, key) === 'string');
  return new Map(kept.map((key) => [key, nameAt(labels, key)]));
}

function addressesOf(object: unknown): string[] {
  const all = listAt(object, MOST_ADDRESSES, 'status', 'podIPs').map((one) => nameAt(one, 'ip'));
  const addresses = [nameAt(object, 'status', 'podIP'), ...all].map(canonicalAddress);
  return [...new Set(addresses)].filter((address) => address !== '');
}

const STATUSES = [
  'initContainerStatuses',
  'containerStatuses',
  'ephemeralContainerStatuses',
] as const;

/** `containerd://<id>`: the runtime and 64 hexadecimal digits. */
const CONTAINER_ID = /^[\w.-]+:\/\/([0-9a-f]{64})$/;

const NONE: ReadonlyMap<string, string> = new Map();

/** Running and ended containers, including the instance before the latest restart. */
function containersOf(object: unknown): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const key of STATUSES) {
    for (const status of listAt(object, MOST_CONTAINERS, 'status', key)) {
      const name = nameAt(status, 'name');
      for (const text of [
        nameAt(status, 'lastState', 'terminated', 'containerID'),
        nameAt(status, 'state', 'terminated', 'containerID'),
        nameAt(status, 'containerID'),
      ]) {
        const id = CONTAINER_ID.exec(text)?.[1];
        if (id !== undefined && name !== '') names.set(id, name);
      }
    }
  }
  return names;
}
