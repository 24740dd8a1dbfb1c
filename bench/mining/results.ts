import { readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { withSection } from '../../tools/marked-section.ts';
import { mean } from '../statistics.ts';
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
  const { outcomes, dialects, shapes, replayed } = results;
  const flows = confusionsOf(dialects);
  const sections = [headOf(results)];
  if (outcomes.length > 0) {
    sections.push(
      'The whole matrix:',
      wholeTable(partsOf(results)),
      meanText(results),
      'Miners, as real processes:',
      recallTable(outcomes),
      'Programs that do not mine, as real processes:',
      innocentTable(outcomes),
      'How many are told if one signal is left out (`·`: as many):',
      ablationTable(outcomes),
    );
  }
  if (shapes) sections.push('Miners by their shapes alone, simulated:', recallTable(shapes.miners));
  if (shapes) sections.push('The same if one signal is left out:', ablationTable(shapes.miners));
  if (shapes) {
    sections.push('Hours of innocents, none of which was waited for:');
    sections.push(hoursTable([...replayed, shapes.hours]));
  }
  sections.push('Flows, by Vigia and by known kinds of rules:');
  const detectors = [...flows].map(([what, confusion]): Part => ({ what, confusion }));
  sections.push(confusionTable('by', detectors), ...dialectTables(dialects));
  const hasSaid = ({ scenario, peaks }: Outcome) =>
    scenario.expected !== 'nothing' || peaks.signals.length > 0;
  if (outcomes.length > 0)
    sections.push(
      'Each scenario of which something was told:',
      resultTable(outcomes.filter(hasSaid)),
    );
  return sections.join('\n\n');
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
