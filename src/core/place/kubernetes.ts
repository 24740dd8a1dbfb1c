import { containerNameIn, type Place, prefixOf, shortId } from './model.ts';

/**
 * systemd driver: `kubepods-burstable-pod<uid>.slice`, with `_` for `-` in the uid and whatever
 * `--cgroup-root` puts before. The tail is there where the kubelet has the systemd driver and the
 * engine has not: it takes `kubepods-….slice:cri-containerd:<id>` for one directory's name.
 */
const POD_SLICE =
  /^(?:.*-)?kubepods(?:-(?:burstable|besteffort))?-pod([0-9A-Za-z_]+)\.slice(?::(.*))?$/;
/** cgroupfs driver: `kubepods/burstable/pod<uid>`. A static pod's uid is a hash without dashes. */
const POD_DIRECTORY = /^pod([0-9A-Za-z-]+)$/;
const QOS = new Set(['burstable', 'besteffort']);

interface PodName {
  readonly uid: string;
  /** The container's, where it is in the same name. */
  readonly tail: string | undefined;
}

export function kubernetesPlace(names: readonly string[]): Place | undefined {
  for (let at = 0; at < names.length; at++) {
    const pod = podNameAt(names, at);
    if (pod !== undefined) return placeInPod(names, at, pod);
  }
  return undefined;
}

/** True for the cgroups that a kubelet with the cgroupfs driver keeps above its pods. */
export function isKubeletParent(names: readonly string[]): boolean {
  const last = names.at(-1) ?? '';
  return last === 'kubepods' || (QOS.has(last) && names.at(-2) === 'kubepods');
}

function podNameAt(names: readonly string[], at: number): PodName | undefined {
  const name = names[at] ?? '';
  const slice = POD_SLICE.exec(name);
  if (slice?.[1] !== undefined) return { uid: slice[1].replaceAll('_', '-'), tail: slice[2] };
  const directory = isKubeletParent(names.slice(0, at)) ? POD_DIRECTORY.exec(name) : null;
  return directory?.[1] === undefined ? undefined : { uid: directory[1], tail: undefined };
}

function placeInPod(names: readonly string[], podAt: number, pod: PodName): Place {
  const containerAt = pod.tail === undefined ? podAt + 1 : podAt;
  const found = containerNameIn(pod.tail ?? names[containerAt] ?? '');
  const id = found === undefined || found.isMonitor ? '' : found.id;
  return {
    kind: 'kubernetes',
    namespace: '',
    pod: pod.uid,
    container: shortId(id),
    podUid: pod.uid,
    containerId: id,
    cgroupPath: prefixOf(names, id === '' ? podAt : containerAt),
  };
}
