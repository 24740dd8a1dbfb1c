import { isUnit, type Place, prefixOf } from './model.ts';

/** What systemd calls the slice at the root of the hierarchy. */
const ROOT_SLICE = '-.slice';

/**
 * The outermost systemd unit and the slice that holds it. What a user's own manager starts belongs
 * to `user@1000.service`. Escapes (`\x2d`) stay as systemd shows them.
 */
export function unitPlace(names: readonly string[]): Place | undefined {
  const at = names.findIndex(isUnit);
  if (at < 0) return undefined;
  return {
    kind: 'unit',
    namespace: names[at - 1] ?? ROOT_SLICE,
    pod: names[at] ?? '',
    container: '',
    podUid: '',
    containerId: '',
    cgroupPath: prefixOf(names, at),
  };
}
