import { readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { mean } from '../../bench/statistics.ts';
import { withSection } from '../../tools/gen/marked-section.ts';
import { NOBODY } from './confusion.ts';
import {
  confusionsOf,
  dialectTables,
  OURS,
  type PlayedDialects,
  recallsByDialect,
} from './dialects.ts';
import { type Hours, hoursTable } from './hours-table.ts';
import { percent } from './markdown.ts';
import {
  ablationTable,
  confusionOf,
  innocentTable,
  recallsByClass,
  recallTable,
  type Told,
} from './outcome-tables.ts';
import type { Outcome } from './scenario.ts';
import type { Shapes } from './shape-classes.ts';
import { resultTable } from './table.ts';
import { confusionTable, type Part, wholeTable } from './whole-table.ts';

const DOCUMENT = join(import.meta.dirname, '../../docs/mining.md');

/** All that was measured. */
export interface Results {
  readonly outcomes: readonly Outcome[];
  readonly dialects: PlayedDialects;
  readonly shapes: Shapes | undefined;
  readonly replayed: readonly Hours[];
  readonly benignSlices: number;
}

/** Writes what was measured into the document that argues with it. */
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
    'The whole matrix:',
    wholeTable(partsOf(results)),
    meanText(results),
    'Miners, as processes:',
    recallTable(outcomes),
    'How many are told if one signal is left out (`·`: as many):',
    ablationTable(outcomes),
    'What does not mine, as processes:',
    innocentTable(outcomes),
  ];
}

function shapeSections({ replayed }: Results, { miners, hours }: Shapes): string[] {
  return [
    'Hours of innocents, replayed or simulated:',
    hoursTable([...replayed, hours]),
    'Miners by their shapes alone, simulated, half an hour each:',
    recallTable(miners),
    'The same if one signal is left out:',
    ablationTable(miners),
  ];
}

function flowSections({ dialects }: Results): string[] {
  const detectors = [...confusionsOf(dialects)].map(
    ([what, confusion]): Part => ({ what, confusion }),
  );
  return [
    'Flows, by Vigia and by known kinds of rules:',
    confusionTable('by', detectors),
    ...dialectTables(dialects),
  ];
}

/** Of innocents that nothing was said of there is a line a class above. */
function scenarioSections({ outcomes }: Results): string[] {
  const shown = outcomes.filter(
    ({ scenario, peaks }) => scenario.expected !== 'nothing' || peaks.signals.length > 0,
  );
  return ['Each scenario of a miner, and of innocents with a sign:', resultTable(shown)];
}

function headOf({ benignSlices }: Results): string {
  const day = new Date().toISOString().slice(0, 10);
  const slices = `, with ${benignSlices.toLocaleString('en-US')} slices of programs that do not mine`;
  const programs = benignSlices > 0 ? slices : '; dialects alone, no programs were run';
  return `Measured ${day} on Linux ${release().split('-')[0]}${programs}.`;
}

const isPadded = ({ scenario }: Told) => scenario.family.startsWith('padded');

/** What many flows of one class cannot hide. */
function meanText({ outcomes, dialects, shapes }: Results): string {
  const usual = (shapes?.miners ?? []).filter((each) => !isPadded(each));
  const classes = [...recallsByClass([...outcomes, ...usual]), ...recallsByDialect(dialects)];
  return `Each of the ${classes.length} classes that are not padded counting the same, the recall is ${percent(mean(classes))}.`;
}

function partsOf({ outcomes, dialects, shapes }: Results): Part[] {
  const flows = confusionsOf(dialects).get(OURS) ?? NOBODY;
  const miners = shapes?.miners ?? [];
  const plain = [...miners.filter((each) => !isPadded(each)), ...(shapes?.innocents ?? [])];
  return [
    { what: 'processes', confusion: confusionOf(outcomes) },
    { what: 'flows of a protocol', confusion: flows },
    { what: 'shapes, simulated, not padded', confusion: confusionOf(plain) },
    {
      what: 'shapes, simulated, padded',
      confusion: confusionOf(miners.filter(isPadded)),
      isApart: true,
    },
  ];
}
