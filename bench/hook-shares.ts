import { cpus } from 'node:os';
import type { Figure } from './report.ts';

/** The event rate of a busy node, and the start of the names of matching workloads. */
interface Rate {
  readonly kind: string;
  readonly perSecond: number;
  readonly events: string;
}

const SWITCHES: Rate = { kind: 'context switch', perSecond: 5_000, events: 'switches' };
const PACKETS: Rate = { kind: 'packet', perSecond: 100_000, events: 'packets' };

/** Mining detection, except in packets. */
const MINING: readonly Rate[] = [
  { ...SWITCHES, kind: 'RandomX' },
  { kind: 'exec', perSecond: 100, events: 'execs' },
  { kind: 'mapping', perSecond: 10_000, events: 'mappings' },
];
const MINING_LIMIT_PERCENT = 0.05;

/** The hooks' share of the CPUs, from the measured costs. */
export function shares(figures: readonly Figure[]): Figure[] {
  const ofOneCpu = [SWITCHES, PACKETS].map((rate) => ({
    what: `share of one CPU at ${text(rate)}`,
    measured: percentOf(figures, rate),
    unit: '%',
  }));
  const ofNode = MINING.map((rate) => percentOf(figures, rate) / cpus().length);
  const mining = (what: string, measured: number): Figure => ({
    what: `mining: share of the node, ${what}`,
    measured,
    unit: '%',
    limit: MINING_LIMIT_PERCENT,
    note: `of ${cpus().length} CPUs`,
  });
  return [
    ...ofOneCpu,
    ...MINING.map((rate, i) => mining(`at ${text(rate)}`, ofNode[i] ?? Number.NaN)),
    mining(
      'all of these together',
      ofNode.reduce((sum, percent) => sum + percent, 0),
    ),
  ];
}

/**
 * For the most expensive ordinary workload: without super-packets, lookups and early exits. A
 * negative cost means no measurable difference to an empty program, so it counts as zero.
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
