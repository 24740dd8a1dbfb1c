import type { Share } from '../sharing/fair-share.ts';
import {
  isMadeByRoot,
  isSlice,
  isUnit,
  namesIn,
  type Place,
  type PlaceRules,
  prefixOf,
  unescapedUnit,
} from './cgroup-place.ts';
import { containerPlace, isContainer, isGuest } from './container.ts';
import { isKubeletParent, kubernetesPlace } from './kubernetes-place.ts';
import { sharesOf } from './place-shares.ts';
import { unitPlace } from './systemd-unit.ts';

export { type Place, type PlaceKind, type PlaceRules, shortId } from './cgroup-place.ts';
export { podShares } from './place-shares.ts';

/** A place, and the shares it uses, the outermost first. */
export interface SharedPlace extends Place {
  readonly shares: readonly Share[];
  /** Whether users other than root choose the name of the cgroup. */
  readonly isLent: boolean;
}

/**
 * The owner of a cgroup, from its path below the root of the cgroup v2 hierarchy. Undefined if it
 * belongs to no pod, such as the root cgroup and slices.
 */
export type PlaceOf = (cgroupPath: string) => SharedPlace | undefined;

/**
 * The outermost pod of the kubelet wins, then the outermost container, then the outermost systemd
 * unit. Nested cgroups belong to it.
 */
export function placesBy(rules: PlaceRules): PlaceOf {
  return (cgroupPath) => {
    const names = namesIn(cgroupPath);
    const place =
      kubernetesPlace(names, rules) ??
      (isKeptByRoot(names, rules) ? keptPlace(names) : undefined) ??
      barePlace(names, rules);
    return place && { ...place, ...sharesOf(place, names, rules) };
  };
}

/** From the path alone. */
export const placeOf: PlaceOf = placesBy({});

/** Units and containers inside a guest belong to the guest. */
function keptPlace(names: readonly string[]): Place | undefined {
  const guestAt = names.findIndex((_, at) => isGuest(names, at));
  const own = guestAt < 0 ? names : names.slice(0, guestAt);
  return containerPlace(own) ?? unitPlace(own);
}

/** Whether root may have created the outermost unit or container. Users can choose any name. */
function isKeptByRoot(names: readonly string[], rules: PlaceRules): boolean {
  const at = names.findIndex((name, at) => isUnit(name) || isContainer(names, at));
  return at < 0 || isMadeByRoot(names, at - 1, rules);
}

/**
 * A plain cgroup: `/a/b` is pod b of namespace a, including everything below; `/a` alone is pod a
 * of namespace ''. Below slices, the innermost slice is the namespace.
 */
function barePlace(names: readonly string[], rules: PlaceRules): Place | undefined {
  if (isKubeletParent(names, rules)) return undefined;
  const firstBare = names.findIndex((name) => !isSlice(name));
  if (firstBare < 0) return undefined;
  const at = firstBare === 0 ? Math.min(1, names.length - 1) : firstBare;
  const holder = names[at - 1] ?? '';
  return {
    kind: 'cgroup',
    namespace: isSlice(holder) ? unescapedUnit(holder) : holder,
    pod: names[at] ?? '',
    container: '',
    podUid: '',
    containerId: '',
    cgroupPath: prefixOf(names, at),
  };
}
