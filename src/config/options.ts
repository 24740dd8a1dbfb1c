import type { Setting } from './settings.ts';
import { anyPath, integer, oneOf, size } from './values.ts';

/** What one invocation is asked for, other than by settings: flags alone, no environment. */
export interface Options {
  readonly output: 'text' | 'json';
  readonly replay?: string;
  readonly ticks?: number;
  readonly maxSizeBytes: number;
}

/** A flag that only some commands take. */
export interface CommandOption<T> extends Setting<T> {
  readonly commands: readonly string[];
}

const MIB = 1024 ** 2;

export const options: {
  readonly [Key in keyof Required<Options>]: CommandOption<Required<Options>[Key]>;
} = {
  output: {
    name: 'output',
    commands: ['version', 'doctor'],
    fallback: 'text',
    help: 'Format of the answer (also -o).',
    wants: 'text or json',
    parse: oneOf(['text', 'json']),
  },
  replay: {
    name: 'replay',
    commands: ['run'],
    help: 'Directory of a tape to serve in place of the kernel; no root, any operating system.',
    wants: 'the directory that `vigia record` wrote',
    parse: anyPath,
  },
  ticks: {
    name: 'ticks',
    commands: ['record'],
    help: 'How many ticks to record; until interrupted unless given.',
    wants: 'a whole number from 1 to 1000000',
    parse: integer(1, 1_000_000),
  },
  maxSizeBytes: {
    name: 'max-size',
    commands: ['record'],
    fallback: '256MiB',
    help: 'Recording stops before the tape grows beyond this.',
    wants: 'a size from 1MiB to 64GiB, such as 256MiB',
    parse: size(MIB, 64 * 1024 * MIB),
  },
};

export const optionKeys: readonly (keyof Options)[] = Object.keys(options) as (keyof Options)[];
