import { parseArgs } from 'node:util';
import { allOptions } from './options.ts';

/** The command line, taken apart but not yet understood. */
export interface Arguments {
  readonly positionals: readonly string[];
  /** By name without dashes; undefined where no text followed. The last one given wins. */
  readonly flags: ReadonlyMap<string, string | undefined>;
}

/** Flags without text that every command takes. */
export const SWITCHES: readonly string[] = ['help', 'version'];

/** Flags without text that only some commands take. */
const commandSwitches = allOptions.filter(({ isSwitch }) => isSwitch).map(({ name }) => name);

/** Splits `--name=text`, `--name text`, `-o text` and positionals. Knows no errors. */
export function splitArguments(argv: readonly string[], names: readonly string[]): Arguments {
  const { tokens, positionals } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: {
      ...Object.fromEntries(names.map((name) => [name, { type: 'string' } as const])),
      ...Object.fromEntries(commandSwitches.map((name) => [name, { type: 'boolean' } as const])),
      output: { type: 'string', short: 'o' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
    },
  });
  const flags = new Map<string, string | undefined>();
  for (const token of tokens) {
    if (token.kind === 'option') flags.set(token.name, token.value);
  }
  return { positionals, flags };
}
