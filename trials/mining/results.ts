import { readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { mean } from '../../lab/measure/statistics.ts';
import { withSection } from '../../tools/gen/marked-section.ts';
import { NOBODY } from './confusion.ts';
import {
  confusionsOf,
  dialectTables,
  OURS,
  type PlayedDialects,
  recallsByDialect,
} from './dialect-trial.ts';
import { type Hours, hoursTable } from './hours-table.ts';
import { percent } from './markdown.ts';
import {
  ablationTable,
  confusionOf,
  innocentTable,
  recallsByClass,
  recallTable,
  type TableOutcome,
} from './outcome-tables.ts';
import { resultTable } from './result-table.ts';
import type { Outcome } from './scenario.ts';
import type { Shapes } from './shape-classes.ts';
import { confusionTable, type Part, wholeTable } from './whole-table.ts';

const DOCUMENT = join(import.meta.dirname, '../../docs/mining-results.md');

/** All measurements of a run. */
export interface Results {
  readonly outcomes: readonly Outcome[];
  readonly dialects: PlayedDialects;
  readonly shapes: Shapes | undefined;
  readonly replayed: readonly Hours[];
  readonly benignSlices: number;
}

/** Writes the report into docs/mining-results.md. */
export function keepResults(report: string): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  writeFileSync(DOCUMENT, withSection(text, 'results', `${report}\n`));
}

export function reportOf(results: Results): string {
  const { shapes } = results;
  const hasRun = results.outcomes.length > 0;
  return [
    headOf(results),
    ...(hasRun ? processSections(results) : []),
    ...(shapes ? shapeSections(results, shapes) : []),
    ...flowSections(results),
    ...(hasRun ? scenarioSections(results) : []),
  ].join('\n\n');
}

function processSections(results: Results): string[] {
  const { outcomes } = results;
  return [
    'Overview:',
    wholeTable(partsOf(results)),
    meanText(results),
    'Miners, run as processes:',
    recallTable(outcomes),
    'Recall with one signal left out (`·`: unchanged):',
    ablationTable(outcomes),
    'Benign programs, run as processes:',
    innocentTable(outcomes),
  ];
}

function shapeSections({ replayed }: Results, { miners, hours }: Shapes): string[] {
  return [
    'Benign pods over many hours, replayed or simulated:',
    hoursTable([...replayed, hours]),
    'Miners by traffic pattern and CPU use alone, simulated, half an hour each:',
    recallTable(miners),
    'Recall of these miners with one signal left out (`·`: unchanged):',
    ablationTable(miners),
  ];
}

function flowSections({ dialects }: Results): string[] {
  const detectors = [...confusionsOf(dialects)].map(
    ([what, confusion]): Part => ({ what, confusion }),
  );
  return [
    'Protocol flows, by Vigia and by other kinds of rules:',
    confusionTable('detector', detectors),
    ...dialectTables(dialects),
  ];
}

/** Benign scenarios without a signal appear only by class, in the table of benign programs. */
function scenarioSections({ outcomes }: Results): string[] {
  const shown = outcomes.filter(
    ({ scenario, peaks }) => scenario.expected !== 'nothing' || peaks.signals.length > 0,
  );
  return ['Each miner scenario, and each benign scenario with a signal:', resultTable(shown)];
}

function headOf({ benignSlices }: Results): string {
  const day = new Date().toISOString().slice(0, 10);
  const slices = `, with ${benignSlices.toLocaleString('en-US')} scheduling slices of benign programs`;
  const programs = benignSlices > 0 ? slices : '; dialects only, no programs were run';
  return `Measured ${day} on Linux ${release().split('-')[0]}${programs}.`;
}

const isPadded = ({ scenario }: TableOutcome) => scenario.family.startsWith('padded');

/** Large classes do not dominate this mean. */
function meanText({ outcomes, dialects, shapes }: Results): string {
  const usual = (shapes?.miners ?? []).filter((each) => !isPadded(each));
  const classes = [...recallsByClass([...outcomes, ...usual]), ...recallsByDialect(dialects)];
  return `Mean recall over the ${classes.length} classes that are not padded, each with the same weight: ${percent(mean(classes))}.`;
}

function partsOf({ outcomes, dialects, shapes }: Results): Part[] {
  const flows = confusionsOf(dialects).get(OURS) ?? NOBODY;
  const miners = shapes?.miners ?? [];
  const plain = [...miners.filter((each) => !isPadded(each)), ...(shapes?.innocents ?? [])];
  return [
    { what: 'processes', confusion: confusionOf(outcomes) },
    { what: 'protocol flows', confusion: flows },
    { what: 'traffic patterns, simulated, not padded', confusion: confusionOf(plain) },
    {
      what: 'traffic patterns, simulated, padded',
      confusion: confusionOf(miners.filter(isPadded)),
      isApart: true,
    },
  ];
}
