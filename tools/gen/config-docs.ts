/** Writes docs/configuration.md from the settings. */
import { optionRows, type SettingRow, settingRows } from '../../src/commands/usage.ts';
import type { GeneratedFile } from './generated-file.ts';

const PATH = 'docs/configuration.md';

const INTRODUCTION = `<!-- Generated from src/config/settings.ts by tools/gen/config-docs.ts. DO NOT EDIT. -->

# Configuration

Every setting is a flag, \`--some-thing=x\`, and an environment variable, \`VIGIA_SOME_THING=x\`, of
every command. Flags win. An empty variable counts as unset. Vigia tells everything that is wrong
at once and exits with 2; an unknown flag is an error, an unknown \`VIGIA_…\` variable a warning.

Durations: \`500ms\`, \`5s\`, \`5m\`, \`1h\`. Sizes: \`64MiB\`, \`1GiB\`, or a number of bytes.
`;

export function generate(): GeneratedFile[] {
  return [{ path: PATH, text: configurationDocs(), source: 'the settings' }];
}

export function configurationDocs(): string {
  return [
    INTRODUCTION,
    table(['Flag', 'Variable', 'Default', 'Meaning', 'Wanted'], settingRows(), settingCells),
    '## Flags of one command\n',
    table(['Flag', 'Commands', 'Default', 'Meaning', 'Wanted'], optionRows(), optionCells),
  ].join('\n');
}

function settingCells({ flag, variable, ...rest }: SettingRow): string[] {
  return [code(flag), code(variable), ...commonCells(rest)];
}

function optionCells({ flag, commands, ...rest }: ReturnType<typeof optionRows>[number]): string[] {
  return [
    code(flag),
    commands.map((name) => code(`vigia ${name}`)).join(', '),
    ...commonCells(rest),
  ];
}

function commonCells(row: Pick<SettingRow, 'fallback' | 'isNote' | 'help' | 'wants'>): string[] {
  const { fallback, isNote, help, wants } = row;
  return [isNote || fallback === '' ? fallback : code(fallback), help, wants];
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
