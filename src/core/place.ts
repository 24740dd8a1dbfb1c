import { containerPlace } from './place/container.ts';
import { isKubeletParent, kubernetesPlace } from './place/kubernetes.ts';
import { isSlice, type Place, prefixOf } from './place/model.ts';
import { unitPlace } from './place/unit.ts';

export { type Place, type PlaceKind, shortId } from './place/model.ts';

/**
 * Tells from a cgroup's path, counted from the root of the cgroup v2 hierarchy, whose it is. The
 * outermost pod of a kubelet wins, then the outermost container, then the outermost systemd unit:
 * what is nested belongs to it. Undefined: no pod's, as the root cgroup and slices are.
 */
export function placeOf(cgroupPath: string): Place | undefined {
  const names = cgroupPath.split('/').filter((name) => name !== '');
  return kubernetesPlace(names) ?? containerPlace(names) ?? unitPlace(names) ?? barePlace(names);
}

/**
 * A cgroup that nobody we know keeps: `/a/b` is pod b of namespace a, whatever lies below belongs
 * to it; `/a` alone is pod a of namespace ''. Below slices the innermost slice is the namespace.
 */
function barePlace(names: readonly string[]): Place | undefined {
  if (isKubeletParent(names)) return undefined;
  const firstBare = names.findIndex((name) => !isSlice(name));
  if (firstBare < 0) return undefined;
  const at = firstBare === 0 ? Math.min(1, names.length - 1) : firstBare;
  return {
    kind: 'cgroup',
    namespace: names[at - 1] ?? '',
    pod: names[at] ?? '',
    container: '',
    podUid: '',
    containerId: '',
    cgroupPath: prefixOf(names, at),
  };
}
