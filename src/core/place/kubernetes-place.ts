import {
  containerNameIn,
  isMadeByRoot,
  namesIn,
  type Place,
  type PlaceRules,
  prefixOf,
  shortId,
} from './cgroup-place.ts';
import { isDelegated, isEngine, isKubeletRoot } from './kubelet.ts';

/**
 * systemd driver: `kubepods-burstable-pod<uid>.slice`, with `_` for `-` in the uid and a prefix
 * from `--cgroup-root`. The tail exists if the kubelet uses the systemd driver and the engine does
 * not: the engine takes `kubepods-….slice:cri-containerd:<id>` as the name of one directory.
 */
const POD_SLICE =
  /^((?:.+-)?kubepods)(?:-(burstable|besteffort))?-pod([0-9A-Za-z_]+)\.slice(?::(.*))?$/;
/**
 * cgroupfs driver: `kubepods/burstable/pod<uid>`. The uid of a static pod is a hash, or was set by
 * the user.
 */
const POD_DIRECTORY = /^pod([\w-]+)$/;
const QOS: readonly string[] = ['burstable', 'besteffort'];

/** A pod found on a path, and the kubelet's root above it. */
interface PodFound {
  readonly uid: string;
  readonly podAt: number;
  /** -1: in the root cgroup. */
  readonly rootAt: number;
  /** The container's part, if it is in the same name. */
  readonly tail: string | undefined;
}

/**
 * Only cgroups that a kubelet created below its root are pods. Elsewhere anyone may use such names.
 */
export function kubernetesPlace(names: readonly string[], rules: PlaceRules): Place | undefined {
  const { kubeletRoot: root } = rules;
  const found = root === undefined ? outermost(names, rules) : podIn(names, namesIn(root));
  return found && placeInPod(names, found);
}

/** True for the cgroups between a kubelet's root and its pods, with the cgroupfs driver. */
export function isKubeletParent(names: readonly string[], rules: PlaceRules): boolean {
  const last = names.length - 1;
  const rootAt = QOS.includes(names[last] ?? '') ? last - 1 : last;
  if (!isKubeletRoot(names[rootAt] ?? '')) return false;
  const { kubeletRoot } = rules;
  if (kubeletRoot !== undefined) return isBelow(names.slice(0, rootAt + 1), namesIn(kubeletRoot));
  return !names.some((_, at) => isDelegated(names, at)) && isMadeByRoot(names, rootAt, rules);
}

/** There is no pod below a delegated cgroup, except below an engine's own. */
function outermost(names: readonly string[], rules: PlaceRules): PodFound | undefined {
  for (const [at, name] of names.entries()) {
    const kept = isEngine(name) ? podWithTail(names, at + 1) : undefined;
    const found = kept ?? podBelow(names, at);
    if (found) return isMadeByRoot(names, found.rootAt, rules) ? found : undefined;
    if (isDelegated(names, at)) return undefined;
  }
  return undefined;
}

/** The setting may name the kubelet's root, or the cgroup that contains it. */
function podIn(names: readonly string[], root: readonly string[]): PodFound | undefined {
  if (!isBelow(names, root)) return undefined;
  const rootAt = root.length - 1;
  return podBelow(names, rootAt) ?? podBelow(names, rootAt + 1) ?? podWithTail(names, rootAt + 1);
}

function podBelow(names: readonly string[], rootAt: number): PodFound | undefined {
  const root = names[rootAt] ?? '';
  if (!isKubeletRoot(root)) return podWithTail(names, rootAt);
  return root.endsWith('.slice') ? podSlice(names, rootAt) : podDirectory(names, rootAt);
}

/** `kubepods.slice/[kubepods-burstable.slice/]kubepods-[burstable-]pod<uid>.slice`. */
function podSlice(names: readonly string[], rootAt: number): PodFound | undefined {
  const stem = (names[rootAt] ?? '').replace(/\.slice$/, '');
  const qos = QOS.find((each) => names[rootAt + 1] === `${stem}-${each}.slice`);
  const podAt = rootAt + (qos === undefined ? 1 : 2);
  const name = podNameIn(names[podAt]);
  if (name?.stem !== stem || name.qos !== qos || name.tail !== undefined) return undefined;
  return { uid: name.uid, podAt, rootAt, tail: undefined };
}

/** `kubepods/[burstable/]pod<uid>`. */
function podDirectory(names: readonly string[], rootAt: number): PodFound | undefined {
  const podAt = rootAt + (QOS.includes(names[rootAt + 1] ?? '') ? 2 : 1);
  const uid = POD_DIRECTORY.exec(names[podAt] ?? '')?.[1];
  return uid === undefined ? undefined : { uid, podAt, rootAt, tail: undefined };
}

/** An engine that treats a slice as a directory name creates it in its own cgroup. */
function podWithTail(names: readonly string[], podAt: number): PodFound | undefined {
  const name = podNameIn(names[podAt]);
  if (name?.tail === undefined) return undefined;
  return { uid: name.uid, podAt, rootAt: podAt - 1, tail: name.tail };
}

function podNameIn(name: string | undefined) {
  const [, stem, qos, uid, tail] = POD_SLICE.exec(name ?? '') ?? [];
  return uid === undefined ? undefined : { stem, qos, uid: uid.replaceAll('_', '-'), tail };
}

function isBelow(names: readonly string[], root: readonly string[]): boolean {
  return root.every((name, at) => names[at] === name);
}

function placeInPod(names: readonly string[], { uid, podAt, tail }: PodFound): Place {
  const containerAt = tail === undefined ? podAt + 1 : podAt;
  const found = containerNameIn(tail ?? names[containerAt] ?? '');
  const id = found === undefined || found.isMonitor ? '' : found.id;
  return {
    kind: 'kubernetes',
    namespace: '',
    pod: uid,
    container: shortId(id),
    podUid: uid,
    containerId: id,
    cgroupPath: prefixOf(names, id === '' ? podAt : containerAt),
  };
}
