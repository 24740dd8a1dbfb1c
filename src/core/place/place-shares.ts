import { INNER_TIMES, OUTER_TIMES, type Share } from '../sharing/fair-share.ts';
import {
  isMadeByRoot,
  isUnit,
  namesIn,
  type Place,
  type PlaceRules,
  prefixOf,
} from './cgroup-place.ts';
import { USER_SLICE } from './kubelet.ts';

/** For all users other than root together: two thirds remain for the kubelet and the system. */
const LENT_TIMES = 1 / 2;

interface Shares {
  readonly shares: readonly Share[];
  /** Whether users other than root choose the name of the cgroup. */
  readonly isLent: boolean;
}

/**
 * The shares that a place uses. For root's cgroups: the top-level subtree (all pods are one
 * subtree), then the place. For others: all users together, then the delegated cgroup, because its
 * user chooses all names below it.
 */
export function sharesOf(place: Place, names: readonly string[], rules: PlaceRules): Shares {
  if (place.kind === 'kubernetes') return { shares: podShares(place.podUid), isLent: false };
  const topAt = namesIn(rules.observed ?? '').length;
  const ownAt = Math.max(topAt, namesIn(place.cgroupPath).length - 1);
  const lentAt = handedOverAt(names, { topAt, ownAt }, rules);
  if (lentAt !== undefined)
    return { shares: shares('lent', LENT_TIMES, prefixOf(names, lentAt)), isLent: true };
  const own = shares(prefixOf(names, topAt), OUTER_TIMES, prefixOf(names, ownAt));
  return { shares: own, isLent: false };
}

/** Shares of a pod of the kubelet, at any location. */
export function podShares(podUid: string): readonly Share[] {
  return shares('kubelet', OUTER_TIMES, `kubelet/${podUid}`);
}

/** Index of the outermost delegated cgroup above the place, otherwise undefined. */
function handedOverAt(
  names: readonly string[],
  { topAt, ownAt }: { readonly topAt: number; readonly ownAt: number },
  rules: PlaceRules,
): number | undefined {
  if (names[topAt] === USER_SLICE) return topAt + 1;
  for (let at = topAt; at < ownAt; at++)
    if (isUnit(names[at] ?? '') || !isMadeByRoot(names, at, rules)) return at;
  return undefined;
}

function shares(outer: string, times: number, inner: string): readonly Share[] {
  return [
    { of: outer, times },
    { of: inner, times: INNER_TIMES },
  ];
}
