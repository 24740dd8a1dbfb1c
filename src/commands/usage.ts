import { optionKeys, options } from '../config/options.ts';
import { envName, settingKeys, settings } from '../config/settings.ts';
import type { Setting } from '../config/values.ts';
import { type Command, commands } from './table.ts';

type Row = readonly [left: string, right: string];

/** What `vigia` alone prints. */
export function usage(): string {
  return [
    'Vigia counts what every pod of this node uses, in the kernel, for Prometheus.',
    '',
    'Usage: vigia COMMAND [--flag=value …]',
    '',
    'Commands:',
    ...columns(commands.map(({ name, operands, summary }) => [`${name} ${operands}`, summary])),
    '',
    `Flags of every command (--some-thing=x is also VIGIA_SOME_THING=x; flags win):`,
    ...columns(settingRows().map(flagRow)),
    ...columns(switchRows),
    '',
    'More: vigia COMMAND --help',
  ].join('\n');
}

/** What `vigia COMMAND --help` prints. */
export function commandUsage({ name, operands, summary }: Command): string {
  const own = optionRows()
    .filter((option) => option.commands.includes(name))
    .map(flagRow);
  return [
    `${summary}.`,
    '',
    `Usage: vigia ${[name, operands].filter((word) => word !== '').join(' ')} [--flag=value …]`,
    ...(own.length > 0 ? ['', 'Flags:', ...columns(own)] : []),
    '',
    'Flags of every command:',
    ...columns(settingRows().map(flagRow)),
    ...columns(switchRows),
  ].join('\n');
}

/** A setting as help and documentation show it. */
export interface SettingRow {
  readonly flag: string;
  readonly variable: string;
  readonly fallback: string;
  /** The default is not this text: the machine decides, in the way that the text tells. */
  readonly isNote: boolean;
  readonly help: string;
  readonly wants: string;
}

export function settingRows(): SettingRow[] {
  return settingKeys.map((key) => rowOf(settings[key]));
}

export function optionRows(): (SettingRow & { readonly commands: readonly string[] })[] {
  return optionKeys.map((key) => ({ ...rowOf(options[key]), commands: options[key].commands }));
}

function rowOf({ name, fallback, fallbackNote, help, wants }: Setting<unknown>): SettingRow {
  return {
    flag: `--${name}`,
    variable: envName(name),
    fallback: fallbackNote ?? (typeof fallback === 'string' ? fallback : ''),
    isNote: fallbackNote !== undefined,
    help,
    wants,
  };
}

const switchRows: readonly Row[] = [
  ['--help, -h', 'Prints help.'],
  ['--version', 'Prints the version.'],
];

function flagRow({ flag, fallback, help }: SettingRow): Row {
  return [flag, `${help}${fallback ? ` [${fallback}]` : ''}`];
}

function columns(rows: readonly Row[]): string[] {
  return rows.map(([left, right]) => `  ${left.padEnd(18)} ${right}`);
}
