import { anyPath, duration, integer, oneOf, type Setting, searchText, size } from './values.ts';

/** What one invocation is asked for, other than by settings: flags alone, no environment. */
export interface Options {
  readonly output: 'text' | 'json';
  readonly listOutput: 'table' | 'wide' | 'json';
  readonly findingOutput: 'text' | 'table' | 'wide' | 'json';
  readonly namespace?: string;
  readonly pod?: string;
  readonly peer?: string;
  readonly minScore?: number;
  readonly watch: boolean;
  readonly timeoutMs: number;
  readonly replay?: string;
  readonly ticks?: number;
  readonly maxSizeBytes: number;
}

/** A flag that only some commands take. Commands may mean different things by the same flag. */
export interface CommandOption<T> extends Setting<T> {
  readonly commands: readonly string[];
  /** Takes no text: it is given, or not. */
  readonly isSwitch?: boolean;
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
  listOutput: {
    name: 'output',
    commands: ['connections'],
    fallback: 'table',
    help: 'Format of the list: table, wide (more columns) or json (also -o).',
    wants: 'table, wide or json',
    parse: oneOf(['table', 'wide', 'json']),
  },
  findingOutput: {
    name: 'output',
    commands: ['findings'],
    fallback: 'text',
    help: 'Format: text (a finding in ten lines), table, wide (more columns) or json (also -o).',
    wants: 'text, table, wide or json',
    parse: oneOf(['text', 'table', 'wide', 'json']),
  },
  namespace: {
    name: 'namespace',
    commands: ['connections', 'findings'],
    help: 'Only the pods of this namespace.',
    wants: 'the name of a namespace',
    parse: searchText,
  },
  pod: {
    name: 'pod',
    commands: ['connections', 'findings'],
    help: 'Only the pods whose names begin with this.',
    wants: 'the name of a pod, or its beginning',
    parse: searchText,
  },
  peer: {
    name: 'peer',
    commands: ['connections'],
    help: 'Only the peers with this address or its beginning, in this network, or with this name.',
    wants:
      'an address or its beginning, a network such as 10.0.0.0/8, a DNS name, NAMESPACE/POD, svc/NAMESPACE/NAME, node/NAME or apiserver',
    parse: searchText,
  },
  minScore: {
    name: 'min-score',
    commands: ['findings'],
    help: 'Only the pods with this score or more: 50 is worth a look, 80 an alert.',
    wants: 'a whole number from 0 to 100',
    parse: integer(0, 100),
  },
  watch: {
    name: 'watch',
    commands: ['connections', 'findings'],
    isSwitch: true,
    help: 'Go on until interrupted: list anew at every --interval, findings when they change.',
    wants: 'no text',
    parse: () => undefined,
  },
  timeoutMs: {
    name: 'timeout',
    commands: ['connections', 'findings'],
    fallback: '10s',
    help: 'How long the daemon is waited for.',
    wants: 'a duration from 100ms to 10m, such as 30s',
    parse: duration(100, 10 * 60_000),
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

/** All of them, without the types of their texts. */
export const allOptions: readonly CommandOption<unknown>[] = optionKeys.map((key) => options[key]);
