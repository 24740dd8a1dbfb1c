import { readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { withSection } from '../../tools/marked-section.ts';

const DOCUMENT = join(import.meta.dirname, '../../docs/mining.md');

/** Writes what was measured into the document that argues with it. */
export function keepResults(tables: string, benignSlices: number): void {
  const day = new Date().toISOString().slice(0, 10);
  const slices = `, with ${benignSlices.toLocaleString('en-US')} slices of programs that do not mine`;
  const programs = benignSlices > 0 ? slices : '; dialects alone, no programs were run';
  const about = `Measured ${day} on Linux ${release().split('-')[0]}${programs}.`;
  const body = `${about}\n\n${tables}\n`;
  writeFileSync(DOCUMENT, withSection(readFileSync(DOCUMENT, 'utf8'), 'results', body));
}
