import type { PodLabels, PodName } from '../../core/names.ts';
import { at, listAt, nameAt, timeMsAt } from './json.ts';
import { ownerOf } from './owner.ts';

/** What is kept of a pod, a few hundred octets of some thousands. */
export interface PodObject {
  readonly uid: string;
  /** What its cgroups are called by: the uid, but for a static pod. */
  readonly cgroupUid: string;
  readonly nodeName: string;
  /** Whether it has ended for good and has its addresses no more. */
  readonly isFinished: boolean;
  /** Unix time; 0 before the kubelet has seen it. */
  readonly startedMs: number;
  readonly addresses: readonly string[];
  readonly name: PodName;
}

/** An object of 1.5 MB has no room for more. */
const MOST_CONTAINERS = 10_000;
/** One a family. */
const MOST_ADDRESSES = 4;

/** The kubelet calls a static pod by the hash of its manifest, and tells it on its mirror pod. */
const MIRROR = 'kubernetes.io/config.mirror';
const HASH = 'kubernetes.io/config.hash';
const STATIC_UID = /^[0-9a-f]{32}$/;

/** What of pods somebody asks for. */
export interface PodWishes {
  /** Containers have names on one node alone, if that is given. */
  readonly nodeName?: string;
  /** Keys of the labels that are kept. */
  readonly labelKeys?: readonly string[];
}

/** Undefined for what is no pod. */
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

/** NOTE: the annotations are anybody's to write, and no uid of the API looks like that. */
function staticUidOf(object: unknown): string | undefined {
  const annotations = at(object, 'metadata', 'annotations');
  const hash = nameAt(annotations, HASH);
  return at(annotations, MIRROR) !== undefined && STATIC_UID.test(hash) ? hash : undefined;
}

function labelsOf(object: unknown, keys: readonly string[]): PodLabels {
  const labels = at(object, 'metadata', 'labels');
  const kept = keys.filter((key) => typeof at(labels, key) === 'string');
  return new Map(kept.map((key) => [key, nameAt(labels, key)]));
}

function addressesOf(object: unknown): string[] {
  const all = listAt(object, MOST_ADDRESSES, 'status', 'podIPs').map((one) => nameAt(one, 'ip'));
  const addresses = new Set([nameAt(object, 'status', 'podIP'), ...all]);
  return [...addresses].filter((address) => address !== '');
}

const STATUSES = [
  'initContainerStatuses',
  'containerStatuses',
  'ephemeralContainerStatuses',
] as const;

/** `containerd://<id>`: the engine and 64 hexadecimal digits. */
const CONTAINER_ID = /^[\w.-]+:\/\/([0-9a-f]{64})$/;

const NONE: ReadonlyMap<string, string> = new Map();

/** Those that run or ran, and what each was before its latest restart. */
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
