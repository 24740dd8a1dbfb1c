import { CLUE_KIND } from '../../reading/clue.ts';
import type { Observation } from '../observation.ts';
import type { Sighting } from '../sighting.ts';
import { argumentsOf, fileName, quoted } from './command-line.ts';
import { processSighting } from './process-sighting.ts';

/** Bits in the detail of a clue: `enum exec_reason` in bpf/lib/wire.h. */
export const EXEC_REASONS = ['words', 'name', 'memory', 'unlinked', 'upper'] as const;

const [, NAME, MEMORY, UNLINKED, UPPER] = EXEC_REASONS.map((_, bit) => 1 << bit) as [
  number,
  number,
  number,
  number,
  number,
];

/** URL of a pool (scheme, host and port), as an argument or as the value of an option. */
const POOL_URL =
  /^(?:-{1,2}[a-z-]+=)?(?:stratum\d?|ethproxy|stratum\d?\+\w+)(?:\+\w+)?:\/\/[^/\s]+:\d{1,5}\b/i;

/** Monero address (95 characters, integrated 106), optionally followed by a worker name. */
const WALLET =
  /^(?:-{1,2}[a-z-]+=)?[48][1-9A-HJ-NP-Za-km-z]{94}(?:[1-9A-HJ-NP-Za-km-z]{11})?(?:[.+/:].*)?$/;
/** A pool without its scheme. */
const HOST_AND_PORT = /^(?:-{1,2}[a-z-]+=)?[\w.-]+\.[\w-]+:\d{1,5}$/;

/** Options of miners. One alone may belong to another program, so two different ones are needed. */
const OPTIONS: readonly RegExp[] = [
  /^--donate-level\b/,
  /^--(?:algo|coin)=(?:rx|cn|randomx|monero|xmr|argon2|kawpow|ghostrider|ethash|etchash)\b/i,
  /^--nicehash$/,
  /^--randomx-[a-z0-9-]+/,
  /^--cpu-max-threads-hint\b/,
  /^--(?:rig-id|user|wallet|url|pool)=/,
  /^(?:rx|cn)\/[a-z0-9-]+$/i,
];

/** Programs that search, edit or print text: their arguments may quote a miner's command line. */
const READERS =
  /^(?:[efrz]?grep|rg|ag|ack|sed|g?awk|perl|jq|yq|echo|printf|cat|less|vim?|nano|git|find|xargs|logger)$/;

/** Reports program starts by command line, file name and location of the file. */
export class ExecDetector {
  *detect({ clues, secondsOf }: Observation): Generator<Sighting> {
    for (const clue of clues) {
      if (clue.kind !== CLUE_KIND.exec) continue;
      const args = argumentsOf(clue);
      const seen = processSighting(clue, secondsOf);
      const sighting = { ...seen, command: seen.command || args[0] };
      if (hasMinerArguments(args))
        yield { ...sighting, signal: 'argv', detail: `command line: ${quoted(args)}` };
      if (clue.detail & NAME)
        yield { ...sighting, signal: 'known_name', detail: `named like a miner: ${quoted(args)}` };
      const place = placeOf(clue.detail);
      if (place !== undefined && !isRuntime(args))
        yield { ...sighting, signal: 'exec_place', detail: `${place}: ${quoted(args)}` };
    }
  }
}

/** Whether the arguments hold a pool URL, a wallet with a host, or two different options of miners. */
function hasMinerArguments([program = '', ...args]: readonly string[]): boolean {
  if (READERS.test(fileName(program))) return false;
  if (args.some((each) => POOL_URL.test(each))) return true;
  const has = (pattern: RegExp) => args.some((each) => pattern.test(each));
  if (has(WALLET) && has(HOST_AND_PORT)) return true;
  return OPTIONS.filter((option) => args.some((each) => option.test(each))).length >= 2;
}

function placeOf(detail: number): string | undefined {
  if (detail & UNLINKED)
    return detail & MEMORY ? 'from an unlinked file in memory' : 'from a deleted file';
  if (detail & MEMORY) return 'from an in-memory file system';
  return detail & UPPER ? 'from a file added to the container' : undefined;
}

/** Container runtimes start a copy of themselves from memory in the container that they set up. */
function isRuntime([program = '', verb]: readonly string[]): boolean {
  return /^(?:\/proc\/self\/exe|(?:.*\/)?(?:runc|crun|youki))$/.test(program) && verb === 'init';
}
