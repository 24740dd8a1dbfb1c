import { CLUE_KIND, type ClueRecord } from '../../reading/clue.ts';
import type { Observation } from '../observation.ts';
import type { Sighting } from '../sighting.ts';
import { argumentsOf, fileName, quoted } from './command-line.ts';
import { processSighting } from './process-sighting.ts';

const SHELLS = /^(?:(?:b|d|z|k)?a?sh|busybox)$/;
/** Parameter of the `msr` driver that allows writes, set by modprobe or later through /sys. */
const ALLOWS_WRITES = /^allow_writes=(?:on|1|y)$/i;
const MODPROBE_IN_SHELL =
  /(?:^|[\s;&|(])(?:\/\S*\/)?(?:modprobe|insmod)\s(?:-\S+\s+)*(?:\S*\/)?msr(?:\.ko\S*)?\s+allow_writes=(?:on|1|y)\b/i;
const WRITE_IN_SHELL = /(?:echo|printf)\s[^;&|]*>\s*\/sys\/module\/msr\/parameters\/allow_writes/;

/**
 * Reports attempts to write model-specific registers, and programs started to allow such writes. Miners
 * turn off prefetching for RandomX. Attempts count, because a container has neither the driver nor modprobe.
 */
export class MsrDetector {
  *detect({ clues, secondsOf }: Observation): Generator<Sighting> {
    for (const clue of clues) {
      const detail = detailOf(clue);
      if (detail !== undefined)
        yield { ...processSighting(clue, secondsOf), signal: 'msr', detail };
    }
  }
}

function detailOf(clue: ClueRecord): string | undefined {
  if (clue.kind === CLUE_KIND.device)
    return `requested write access to the MSRs of CPU ${clue.detail}`;
  if (clue.kind !== CLUE_KIND.exec) return undefined;
  const args = argumentsOf(clue);
  return requestsWrite(args) ? `requested write access to MSRs: ${quoted(args)}` : undefined;
}

function requestsWrite([program = '', ...args]: readonly string[]): boolean {
  const name = fileName(program);
  if (SHELLS.test(name)) return args.some(isScript);
  if (name !== 'modprobe' && name !== 'insmod') return false;
  return args.some(isDriver) && args.some((each) => ALLOWS_WRITES.test(each));
}

function isScript(text: string): boolean {
  return MODPROBE_IN_SHELL.test(text) || WRITE_IN_SHELL.test(text);
}

function isDriver(argument: string): boolean {
  return /^msr(?:\.ko|$)/.test(fileName(argument));
}
