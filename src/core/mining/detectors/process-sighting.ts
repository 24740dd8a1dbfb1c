import type { ClueRecord } from '../../reading/clue.ts';
import { textOf } from '../../text/latin-text.ts';
import type { Observation } from '../observation.ts';
import type { Sighting } from '../sighting.ts';

/** The fields of a sighting that come from a clue about a process. */
export function processSighting(
  clue: ClueRecord,
  secondsOf: Observation['secondsOf'],
): Omit<Sighting, 'signal' | 'detail'> {
  const { cgroupId, pid, command, atNs } = clue;
  return { cgroupId, seconds: secondsOf(atNs), count: 1, pid, command: textOf(command) };
}
