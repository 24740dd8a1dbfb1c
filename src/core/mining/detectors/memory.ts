import { CLUE_KIND, type ClueRecord } from '../../reading/clue.ts';
import type { Observation } from '../observation.ts';
import type { Sighting } from '../sighting.ts';
import { argumentsOf, fileName, quoted } from './command-line.ts';
import { processSighting } from './process-sighting.ts';

/** The RandomX dataset (2080 MiB) in huge pages of 2 MiB. Fewer pages cannot hold it. */
const DATASET_PAGES = 1040;
const RESERVATION = /^vm[./]nr_hugepages=(\d{1,9})$/;

/** Reports mappings with the size of the RandomX dataset, and huge pages reserved for it. */
export class MemoryDetector {
  *detect({ clues, secondsOf }: Observation): Generator<Sighting> {
    for (const clue of clues) {
      const detail = detailOf(clue);
      if (detail !== undefined)
        yield { ...processSighting(clue, secondsOf), signal: 'dataset_memory', detail };
    }
  }
}

function detailOf(clue: ClueRecord): string | undefined {
  if (clue.kind === CLUE_KIND.mapping)
    return 'requested a mapping of 2080 MiB, the size of the RandomX dataset';
  if (clue.kind === CLUE_KIND.sysctl) return `requested ${clue.detail} huge pages`;
  if (clue.kind !== CLUE_KIND.exec) return undefined;
  const args = argumentsOf(clue);
  return reservesDataset(args) ? `requested huge pages: ${quoted(args)}` : undefined;
}

/** Shells need no check: they start `sysctl`, which is seen itself. */
function reservesDataset([program = '', ...args]: readonly string[]): boolean {
  if (fileName(program) !== 'sysctl') return false;
  return args.some((each) => Number(RESERVATION.exec(each)?.[1] ?? 0) >= DATASET_PAGES);
}
