import { cpus } from 'node:os';
import type { Figure } from './report.ts';

/** How often a busy node does something, and how those workloads begin that show what it costs. */
interface Rate {
  readonly kind: string;
  readonly perSecond: number;
  readonly events: string;
}

const SWITCHES: Rate = { kind: 'switch', perSecond: 5_000, events: 'switches' };
const PACKETS: Rate = { kind: 'packet', perSecond: 100_000, events: 'packets' };

/** What looks for mining, but for what looks at packets. */
const MINING: readonly Rate[] = [
  { ...SWITCHES, kind: 'RandomX' },
  { kind: 'exec', perSecond: 100, events: 'execs' },
  { kind: 'mapping', perSecond: 10_000, events: 'mappings' },
];
const MINING_BAR_PERCENT = 0.05;

/** What the hooks take of the machine, by what was measured of them. */
export function shares(figures: readonly Figure[]): Figure[] {
  const ofOneCpu = [SWITCHES, PACKETS].map((rate) => ({
    what: `share of one CPU at ${text(rate)}`,
    measured: percentOf(figures, rate),
    unit: '%',
  }));
  const ofNode = MINING.map((rate) => percentOf(figures, rate) / cpus().length);
  const mining = (of: string, measured: number): Figure => ({
    what: `mining: share of the node at ${of}`,
    measured,
    unit: '%',
    bar: MINING_BAR_PERCENT,
    note: `of ${cpus().length} CPUs`,
  });
  return [
    ...ofOneCpu,
    ...MINING.map((rate, i) => mining(text(rate), ofNode[i] ?? Number.NaN)),
    mining(
      'all of these',
      ofNode.reduce((sum, percent) => sum + percent, 0),
    ),
  ];
}

/**
 * Of the dearest of the ordinary ones: no super-packets, nor what is looked up or leaves early. Less
 * than nothing is nothing: it cannot be told apart from an empty program.
 */
function percentOf(figures: readonly Figure[], { kind, perSecond }: Rate): number {
  const ordinary = figures.filter(
    ({ what }) => what.startsWith(kind) && !/super|loop|peers|DNS/.test(what),
  );
  const ns = Math.max(...ordinary.map(({ measured }) => measured));
  return (Math.max(0, ns) * perSecond * 100) / 1e9;
}

function text({ perSecond, events }: Rate): string {
  return `${perSecond.toLocaleString('en-US')} ${events}/s`;
}
