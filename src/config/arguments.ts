import { parseArgs } from 'node:util';
import { allOptions } from './options.ts';

/** The command line, split but not yet checked. */
export interface Arguments {
  readonly positionals: readonly string[];
  /** By name without dashes; undefined for a flag without a value. The last occurrence wins. */
  readonly flags: ReadonlyMap<string, string | undefined>;
}

/** Flags without a value that every command accepts. */
export const SWITCHES: readonly string[] = ['help', 'version'];

/** Flags without a value that only some commands accept. */
const commandSwitches = allOptions.filter(({ isSwitch }) => isSwitch).map(({ name }) => name);

/** Splits `--name=text`, `--name text`, `-o text` and positionals. Reports no errors. */
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
