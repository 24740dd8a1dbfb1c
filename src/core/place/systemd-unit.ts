import { isUnit, type Place, prefixOf, unescapedUnit } from './cgroup-place.ts';

/** systemd's name of the root slice. */
const ROOT_SLICE = '-.slice';

/**
 * The outermost systemd unit and its slice. Units of a user's own manager belong to
 * `user@1000.service`.
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
