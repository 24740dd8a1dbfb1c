import { type CommandOption, optionKeys, options } from '../config/options.ts';
import { type Config, envName, settingKeys, settings } from '../config/settings.ts';
import type { Setting } from '../config/values.ts';
import { type Command, commandGroups, commands } from './command-groups.ts';
import { type CommandName, settingsOf } from './command-settings.ts';
import { wrapped } from './list/wrap.ts';

type Row = readonly [left: string, right: string];

/** Columns of a terminal window that most people have open. */
const WIDTH = 100;

/** Printed by `vigia --help`, and by `vigia` alone. */
export function helpText(): string {
  const rows = commandGroups.map((group) => group.commands.map(commandRow));
  const leftWidth = widthOf([...rows.flat(), ...helpRows]);
  return [
    'Vigia reports the CPU time, traffic and signs of mining of every pod on this node.',
    '',
    'Usage: vigia COMMAND [--flag=value …]',
    ...commandGroups.flatMap(({ title }, i) => [
      '',
      `${title}:`,
      ...table(rows[i] ?? [], leftWidth),
    ]),
    '',
    'Help:',
    ...table(helpRows, leftWidth),
    '',
    'docs/configuration.md lists all settings; `vigia run --help` shows those of the daemon.',
  ].join('\n');
}

/** Printed by `vigia COMMAND --help`. */
export function commandHelpText({ name, operands, summary, examples }: Command): string {
  const own = optionRows().filter((option) => option.commands.includes(name));
  const optionLines = [...own.map(flagRow), HELP_ROW];
  const settingLines = settingsOf(name).map((key) => flagRow(settingRow(key)));
  const leftWidth = widthOf([...optionLines, ...settingLines]);
  return [
    `${summary}.`,
    '',
    `Usage: vigia ${[name, operands].filter((word) => word !== '').join(' ')} [--flag=value …]`,
    '',
    'Options:',
    ...table(optionLines, leftWidth),
    '',
    'Settings (each is also an environment variable: --log-level is VIGIA_LOG_LEVEL; the flag wins):',
    ...table(settingLines, leftWidth),
    '',
    'Examples:',
    ...examples.flatMap(({ purpose, line }) => [`  # ${purpose}`, `  ${line}`]),
  ].join('\n');
}

/** A setting or an option, as help and documentation show it. */
export interface SettingRow {
  readonly flag: string;
  readonly variable: string;
  readonly fallback: string;
  /** The fallback is a description, because the machine decides. */
  readonly isNote: boolean;
  readonly help: string;
  readonly expected: string;
  /** Commands that read it. */
  readonly commands: readonly string[];
}

export function settingRows(): SettingRow[] {
  return settingKeys.map(settingRow);
}

export function optionRows(): SettingRow[] {
  return optionKeys.map((key) => {
    const option: CommandOption<unknown> = options[key];
    return rowOf(option, option.commands);
  });
}

function settingRow(key: keyof Config): SettingRow {
  return rowOf(settings[key], commandsReading(key));
}

function commandsReading(key: keyof Config): CommandName[] {
  return commands.map(({ name }) => name).filter((name) => settingsOf(name).includes(key));
}

function rowOf(
  { name, fallback, fallbackNote, help, expected }: Setting<unknown>,
  usedBy: readonly string[],
): SettingRow {
  return {
    flag: `--${name}`,
    variable: envName(name),
    fallback: fallbackNote ?? (typeof fallback === 'string' ? fallback : ''),
    isNote: fallbackNote !== undefined,
    help,
    expected,
    commands: usedBy,
  };
}

const HELP_ROW: Row = ['--help, -h', 'Print this help.'];

const helpRows: readonly Row[] = [
  ['COMMAND --help', 'Shows the flags of one command, with examples'],
  ['--help, -h', 'Prints this help'],
  ['--version', 'Prints the version'],
];

function commandRow({ name, operands, summary }: Command): Row {
  return [`${name} ${operands}`.trimEnd(), summary];
}

function flagRow({ flag, fallback, help }: SettingRow): Row {
  return [flag, `${help}${fallback ? ` [${fallback}]` : ''}`];
}

function widthOf(rows: readonly Row[]): number {
  return Math.max(...rows.map(([left]) => left.length));
}

function table(rows: readonly Row[], leftWidth: number): string[] {
  const indent = ' '.repeat(leftWidth + 4);
  return rows.flatMap(([left, right]) =>
    wrapped(right, WIDTH - indent.length).map((line, i) =>
      i === 0 ? `  ${left.padEnd(leftWidth)}  ${line}` : `${indent}${line}`,
    ),
  );
}
