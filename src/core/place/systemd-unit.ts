import { isUnit, type Place, prefixOf, unescapedUnit } from './cgroup-place.ts';

/** What systemd calls the slice at the root of the hierarchy. */
const ROOT_SLICE = '-.slice';

/**
 * The outermost systemd unit and the slice that holds it. What a user's own manager starts belongs
 * to `user@1000.service`.
 */
export function unitPlace(names: readonly string[]): Place | undefined {
  const at = names.findIndex(isUnit);
  if (at < 0) return undefined;
  return {
    kind: 'unit',
    namespace: unescapedUnit(names[at - 1] ?? ROOT_SLICE),
    pod: unescapedUnit(names[at] ?? ''),
    container: '',
    podUid: '',
    containerId: '',
    cgroupPath: prefixOf(names, at),
  };
}
