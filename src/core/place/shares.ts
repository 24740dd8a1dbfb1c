import type { Share } from '../fair-share.ts';
import { isDelegated, USER_SLICE } from './kubelet.ts';
import { namesIn, type Place, prefixOf } from './model.ts';

/** One hog leaves a ninth to all others; pods alone lose that much. */
const USUAL_TIMES = 8;
/** All users together: two thirds stay with the kubelet and the system. */
const USERS_TIMES = 1 / 2;

/**
 * The share of the topmost subtree, and within it that of the part which nobody outside of it may add
 * cgroups to: a user's, a service's, a container's, a pod's. Pods are a subtree of their own wherever
 * the kubelet keeps them.
 */
export function sharesOf(
  { kind, podUid, cgroupPath }: Place,
  names: readonly string[],
  observedDepth: number,
): readonly Share[] {
  if (kind === 'kubernetes') return [share('kubelet'), share(`kubelet/${podUid}`)];
  const top = share(prefixOf(names, observedDepth));
  if (names[observedDepth] === USER_SLICE) {
    return [{ ...top, times: USERS_TIMES }, share(prefixOf(names, observedDepth + 1))];
  }
  const at = names.findIndex((_, i) => i >= observedDepth && isDelegated(names, i));
  const ownAt = Math.max(observedDepth, namesIn(cgroupPath).length - 1);
  return [top, share(prefixOf(names, at < 0 ? ownAt : at))];
}

function share(of: string): Share {
  return { of, times: USUAL_TIMES };
}
