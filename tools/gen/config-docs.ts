/** Writes docs/configuration.md from the settings. */
import { commands } from '../../src/commands/command-groups.ts';
import { optionRows, type SettingRow, settingRows } from '../../src/commands/help-text.ts';
import type { GeneratedFile } from './generated-file.ts';

const PATH = 'docs/configuration.md';

const INTRODUCTION = `<!-- Generated from src/config/settings.ts by tools/gen/config-docs.ts. DO NOT EDIT. -->

# Configuration

Every setting is a flag, \`--some-thing=x\`, and an environment variable, \`VIGIA_SOME_THING=x\`. The
flag overrides the variable. An empty variable counts as unset. Every command accepts every setting,
so that commands can share an environment file; the column *Used by* names those that read it.

Vigia reports all invalid flags and variables at once and exits with 2. An unknown flag is an error,
an unknown \`VIGIA_…\` variable a warning.

Durations: \`500ms\`, \`5s\`, \`5m\`, \`1h\`. Sizes: \`64MiB\`, \`1GiB\`, or a number of bytes.
`;

export function generate(): GeneratedFile[] {
  return [{ path: PATH, text: configurationDocs(), source: 'the settings' }];
}

export function configurationDocs(): string {
  return [
    INTRODUCTION,
    table(
      ['Flag', 'Variable', 'Default', 'Meaning', 'Values', 'Used by'],
      settingRows(),
      settingCells,
    ),
    '## Options of single commands\n\nThese flags have no environment variable, and other commands refuse them.\n',
    table(['Flag', 'Default', 'Meaning', 'Values', 'Used by'], optionRows(), optionCells),
  ].join('\n');
}

function settingCells({ flag, variable, ...rest }: SettingRow): string[] {
  return [code(flag), code(variable), ...commonCells(rest)];
}

function optionCells({ flag, ...rest }: SettingRow): string[] {
  return [code(flag), ...commonCells(rest)];
}

function commonCells(
  row: Pick<SettingRow, 'fallback' | 'isNote' | 'help' | 'expected' | 'commands'>,
): string[] {
  const { fallback, isNote, help, expected } = row;
  const shown = isNote || fallback === '' ? fallback : code(fallback);
  return [shown, help, expected, usedBy(row.commands)];
}

function usedBy(names: readonly string[]): string {
  return names.length === commands.length ? 'all' : names.join(', ');
}

function table<Row>(
  head: readonly string[],
  rows: readonly Row[],
  cells: (row: Row) => string[],
): string {
  const lines = [head, head.map(() => '---'), ...rows.map(cells)];
  return `${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`;
}

function code(text: string): string {
  return `\`${text}\``;
}
