import { startInside } from '../../lab/process/process.ts';
import {
  type Deed,
  type Deeds,
  FAR_SECONDS,
  mapsDataset,
  rounds,
  scenarios,
  speaks,
  starts,
  startsHidden,
} from './deeds.ts';
import { stopCycling } from './duty.ts';
import { emulator } from './emulators/emulator.ts';
import { GRAMMARS } from './emulators/grammars.ts';
import { startUnderQuota } from './quota.ts';
import type { Scenario } from './scenario.ts';

const WATCHED = { seconds: 25 } as const;

const footprint = (...args: readonly string[]) => [emulator('fpu'), FAR_SECONDS, ...args];
const cycled =
  (share: number): Deed =>
  async (cgroup) =>
    stopCycling(await startInside(cgroup, footprint('four', '1')), share);
const limited =
  (share: number, ...args: readonly string[]): Deed =>
  (cgroup) =>
    startUnderQuota(cgroup, share, footprint(...args));

/** Without evasion, and with evasions that hide miners from other detectors. */
const PLAIN: Deeds = {
  'one thread': [rounds(['four', '1'])],
  'four threads': [rounds(['four', '4'])],
  'default mode restored before each yield': [rounds(['restoring', '2'])],
  'three of the four modes': [rounds(['three', '2'])],
  'batch scheduling': [rounds(['four', '2'], ['chrt', '--batch', '0'])],
};

const THROTTLED: Deeds = {
  'stopped half the time': [cycled(0.5)],
  'stopped three quarters of the time': [cycled(0.25)],
  'quota of half a CPU': [limited(0.5, 'four', '1')],
  'quota of a quarter of a CPU': [limited(0.25, 'four', '2')],
  'quota of a tenth of a CPU': [limited(0.1, 'four', '1')],
  'quota of a quarter of a CPU, default mode restored': [limited(0.25, 'restoring', '1')],
};

/** Beside five busy programs they get a hundredth of a CPU. */
const NICED: Deeds = {
  'two threads': [rounds(['four', '2'], ['nice', '-n', '19'])],
  'default mode restored before each yield': [rounds(['restoring', '1'], ['nice', '-n', '19'])],
};

/** Several signals of one miner. */
const WHOLE: Deeds = {
  'no evasion': [
    starts('xmrig', '-o', 'stratum+tcp://pool.example:3333', '--coin=monero'),
    starts('modprobe', 'msr', 'allow_writes=on'),
    mapsDataset,
    speaks(GRAMMARS['CryptoNote']),
    rounds(['four', '2']),
  ],
  'renamed, started from a memfd, no readable traffic': [
    startsHidden('memfd', 'nginx'),
    mapsDataset,
    rounds(['restoring', '1']),
  ],
  'renamed, light mode, throttled': [limited(0.25, 'four', '1')],
};

export const randomxScenarios: readonly Scenario[] = [
  ...scenarios('RandomX footprint', 'mining', PLAIN, WATCHED),
  ...scenarios('RandomX, throttled', 'mining', THROTTLED, WATCHED),
  ...scenarios('RandomX, niced on a busy node', 'mining', NICED, WATCHED),
  ...scenarios('complete miner', 'mining', WHOLE, WATCHED),
];

/** Benign programs that change floating-point modes. */
export const roundingScenarios: readonly Scenario[] = scenarios(
  'other floating-point modes',
  'nothing',
  {
    'fast math': [rounds(['fast', '2'])],
    'interval arithmetic': [rounds(['interval', '2'])],
    'one rounding mode, flush-to-zero': [rounds(['one', '2'])],
  },
  WATCHED,
);
