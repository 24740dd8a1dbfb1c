/**
 * Writes the table of values into the README of the chart, from the comments in its values.yaml.
 *
 *   node tools/gen-chart-docs.ts [--check]
 */
import { readFileSync } from 'node:fs';
import { chartValues } from './chart-values.ts';
import { keepGenerated } from './keep-generated.ts';
import { withSection } from './marked-section.ts';

const CHART = 'deploy/helm/vigia';
const OUTPUT = `${CHART}/README.md`;

function main(args: readonly string[]): void {
  const rows = chartValues(readFileSync(`${CHART}/values.yaml`, 'utf8')).map(
    ({ path, fallback, says }) => `| \`${path}\` | \`${JSON.stringify(fallback)}\` | ${says} |\n`,
  );
  const table = `| value | default | what it is |\n|---|---|---|\n${rows.join('')}`;
  const after = withSection(readFileSync(OUTPUT, 'utf8'), 'values', table);
  keepGenerated(OUTPUT, after, { source: 'values.yaml', isCheck: args.includes('--check') });
}

main(process.argv.slice(2));
