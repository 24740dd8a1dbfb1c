import { SWITCHES } from './arguments.ts';
import { allOptions, type CommandOption, type Options, optionKeys, options } from './options.ts';
import { type Config, envName, settingKeys, settings } from './settings.ts';
import { suggest } from './suggest.ts';
import type { Setting } from './values.ts';

export type { Options } from './options.ts';
export type { Config } from './settings.ts';

/** Lists every invalid flag and variable at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

export interface Parsed {
  readonly config: Config;
  readonly options: Options;
  /** Harmless mistakes: environment variables that no setting has. */
  readonly warnings: readonly string[];
}

export type Flags = ReadonlyMap<string, string | undefined>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** Every flag that has a value. */
export const flagNames: readonly string[] = [
  ...settingKeys.map((key) => settings[key].name),
  ...allOptions.filter(({ isSwitch }) => !isSwitch).map(({ name }) => name),
];

/** Reads all settings, and the options of one command. A flag overrides its variable. */
export function parseConfig(flags: Flags, env: Environment, command?: string): Parsed {
  const problems = unknownFlags(flags, command);
  const config: Partial<Record<keyof Config, unknown>> = {};
  for (const key of settingKeys) {
    const read = readSetting(settings[key], flags, env, problems);
    if (read !== undefined) config[key] = read;
  }
  const chosen: Partial<Record<keyof Options, unknown>> = {};
  for (const key of optionKeys) {
    const read = readOption(options[key], flags, command, problems);
    if (read !== undefined) chosen[key] = read;
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { config: config as Config, options: chosen as Options, warnings: unknownVariables(env) };
}

/** An option of another command with the same flag keeps its default. */
function readOption(
  option: CommandOption<unknown>,
  flags: Flags,
  command: string | undefined,
  problems: string[],
): unknown {
  const given = accepts(option, command) ? flags : NO_FLAGS;
  if (!option.isSwitch) return readSetting(option, given, {}, problems);
  const text = given.get(option.name);
  if (text !== undefined)
    problems.push(
      `--${option.name}: got ${JSON.stringify(text.slice(0, 100))}, want ${option.expected}`,
    );
  return given.has(option.name);
}

const NO_FLAGS: Flags = new Map();

function accepts({ commands }: CommandOption<unknown>, command: string | undefined): boolean {
  return command === undefined || commands.includes(command);
}

function readSetting(
  setting: Setting<unknown>,
  flags: Flags,
  env: Environment,
  problems: string[],
): unknown {
  const { text, where, isDefault } = given(setting, flags, env);
  if (text === undefined && isDefault) return undefined;
  const parsed = text === undefined ? undefined : setting.parse(text);
  if (parsed === undefined) {
    const got = text === undefined ? 'no value' : JSON.stringify(text.slice(0, 100));
    problems.push(`${where}: got ${got}, want ${setting.expected}`);
  }
  return parsed;
}

/** An empty variable counts as unset, because manifest templates produce such variables. */
function given(
  setting: Setting<unknown>,
  flags: Flags,
  env: Environment,
): { text: string | undefined; where: string; isDefault?: boolean } {
  const { name, fallback, fallbackNote } = setting;
  if (flags.has(name)) return { text: flags.get(name), where: `--${name}` };
  const text = env[envName(name)];
  if (text) return { text, where: `${envName(name)} (environment)` };
  return {
    text: typeof fallback === 'function' ? fallback() : fallback,
    where: `--${name} or ${envName(name)}, unset (default: ${fallbackNote ?? fallback})`,
    isDefault: true,
  };
}

function unknownFlags(flags: Flags, command: string | undefined): string[] {
  const problems: string[] = [];
  const known = [...SWITCHES, ...settingKeys.map((key) => settings[key].name)];
  for (const name of flags.keys()) {
    if (known.includes(name)) continue;
    const owners = allOptions.filter((option) => option.name === name);
    if (owners.length === 0) {
      const dashes = name.length === 1 ? '-' : '--';
      const meant = suggest(name, [...known, ...allOptions.map((option) => option.name)]);
      problems.push(`${dashes}${name}: unknown flag${meant ? `; did you mean --${meant}?` : ''}`);
    } else if (!owners.some((option) => accepts(option, command))) {
      const commands = owners.flatMap((option) => option.commands).join(', ');
      problems.push(`--${name}: not a flag of vigia ${command}; it belongs to ${commands}`);
    }
  }
  return problems;
}

/** Kubernetes sets these variables for a Service named vigia. */
const SERVICE_LINK = /_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?$/;

/** bin/vigia reads the first, the Node to run on, and sets the second, the name it was called by. */
const LAUNCHER_VARIABLES = ['VIGIA_NODE', 'VIGIA_LAUNCHER'];

function unknownVariables(env: Environment): string[] {
  const ours = settingKeys.map((key) => envName(settings[key].name));
  const known = new Set([...ours, ...LAUNCHER_VARIABLES]);
  const warnings: string[] = [];
  for (const name of Object.keys(env)) {
    if (!name.startsWith('VIGIA_') || known.has(name) || SERVICE_LINK.test(name)) continue;
    const meant = suggest(name, known);
    warnings.push(
      `${name} (environment): unknown setting, ignored${meant ? `; did you mean ${meant}?` : ''}`,
    );
  }
  return warnings;
}
