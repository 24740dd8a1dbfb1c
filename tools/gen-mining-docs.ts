/**
 * Writes the table of signals into docs/mining.md, from the rules as the code declares them.
 *
 *   node tools/gen-mining-docs.ts [--check]
 */
import { readFileSync } from 'node:fs';
import { COMBINATIONS } from '../src/core/detect/combination.ts';
import { SIGNAL_NAMES, SIGNALS } from '../src/core/detect/signal.ts';
import { keepGenerated } from './keep-generated.ts';

const OUTPUT = 'docs/mining.md';
const SECTION = /(<!-- signals: [^>]*-->\n)[\s\S]*?(<!-- \/signals -->)/;

function main(args: readonly string[]): void {
  const before = readFileSync(OUTPUT, 'utf8');
  if (!SECTION.test(before)) throw new Error(`${OUTPUT}: the marks of the table are gone`);
  const after = before.replace(SECTION, (_, begin, end) => `${begin}${signalTable()}${end}`);
  keepGenerated(OUTPUT, after, { source: 'the code', isCheck: args.includes('--check') });
}

function signalTable(): string {
  const rows = SIGNAL_NAMES.map((signal) => {
    const { points, isStrong, says } = SIGNALS[signal];
    return `| \`${signal}\` | ${points} | ${isStrong ? 'yes' : ''} | the pod ${says} |\n`;
  });
  for (const { name, points, anyOf, says } of COMBINATIONS) {
    const sets = anyOf.map((signals) => signals.map((each) => `\`${each}\``).join(' with '));
    rows.push(`| \`${name}\` | +${points} |  | the pod ${says}: ${sets.join(', or ')} |\n`);
  }
  return `| signal | points | strong | what it says |\n|---|---|---|---|\n${rows.join('')}`;
}

main(process.argv.slice(2));
