import type { ClueRecord } from '../../reading/clue.ts';
import { textOf } from '../../text/latin-text.ts';
import type { Observation } from '../observation.ts';
import type { Sighting } from '../sighting.ts';

/** What a sighting has of a clue that was seen in a process. */
export function processSighting(
  clue: ClueRecord,
  secondsOf: Observation['secondsOf'],
): Omit<Sighting, 'signal' | 'detail'> {
  const { cgroupId, pid, command, atNs } = clue;
  return { cgroupId, seconds: secondsOf(atNs), count: 1, pid, command: textOf(command) };
}
