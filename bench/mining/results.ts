import { readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';

const DOCUMENT = join(import.meta.dirname, '../../docs/mining.md');
const BEGIN = '<!-- results: written by make bench-mining -->\n';
const END = '<!-- /results -->';

/** Writes what was measured into the document that argues with it. */
export function keepResults(tables: string, benignSlices: number): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${DOCUMENT} has no place for results`);
  const day = new Date().toISOString().slice(0, 10);
  const slices = `, with ${benignSlices.toLocaleString('en-US')} slices of programs that do not mine`;
  const programs = benignSlices > 0 ? slices : '; dialects alone, no programs were run';
  const about = `Measured ${day} on Linux ${release().split('-')[0]}${programs}.`;
  const kept = `${BEGIN}${about}\n\n${tables}\n`;
  writeFileSync(DOCUMENT, text.slice(0, from) + kept + text.slice(to));
}
