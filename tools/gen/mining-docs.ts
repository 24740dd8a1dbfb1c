/** Writes the table of signals into docs/mining.md, from the rules in the code. */
import { readFileSync } from 'node:fs';
import { MINING_SHAPE, SIGNAL_NAMES, SIGNALS } from '../../src/core/mining/signal.ts';
import type { GeneratedFile } from './generated-file.ts';
import { withSection } from './marked-section.ts';

const OUTPUT = 'docs/mining.md';

export function generate(): GeneratedFile[] {
  const text = withSection(readFileSync(OUTPUT, 'utf8'), 'signals', signalTable());
  return [{ path: OUTPUT, text, source: 'the code' }];
}

function signalTable(): string {
  const rows = SIGNAL_NAMES.map((signal) => {
    const { points, isStrong, says } = SIGNALS[signal];
    return `| \`${signal}\` | ${points} | ${isStrong ? 'yes' : ''} | the pod ${says} |\n`;
  });
  const { name, points, anyOf, says } = MINING_SHAPE;
  const sets = anyOf.map((signals) => signals.map((each) => `\`${each}\``).join(' with '));
  rows.push(`| \`${name}\` | +${points} |  | the pod ${says}: ${sets.join(', or ')} |\n`);
  return `| signal | points | strong | meaning |\n|---|---|---|---|\n${rows.join('')}`;
}
