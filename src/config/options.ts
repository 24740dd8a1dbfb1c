import { anyPath, duration, integer, oneOf, type Setting, searchText, size } from './values.ts';

/** Flags of one invocation. Unlike settings, they have no environment variable. */
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

/** A flag that only some commands accept. Two options can share a name and differ in their values. */
export interface CommandOption<T> extends Setting<T> {
  readonly commands: readonly string[];
  /** Has no value: the flag is present or absent. */
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
    help: 'Output format: text or json (also -o).',
    expected: 'text or json',
    parse: oneOf(['text', 'json']),
  },
  listOutput: {
    name: 'output',
    commands: ['connections'],
    fallback: 'table',
    help: 'Output format: table, wide (more columns) or json (also -o).',
    expected: 'table, wide or json',
    parse: oneOf(['table', 'wide', 'json']),
  },
  findingOutput: {
    name: 'output',
    commands: ['findings'],
    fallback: 'text',
    help: 'Output format: text (about ten lines per finding), table, wide (more columns) or json (also -o).',
    expected: 'text, table, wide or json',
    parse: oneOf(['text', 'table', 'wide', 'json']),
  },
  namespace: {
    name: 'namespace',
    commands: ['connections', 'findings'],
    help: 'Show only pods in this namespace.',
    expected: 'the name of a namespace',
    parse: searchText,
  },
  pod: {
    name: 'pod',
    commands: ['connections', 'findings'],
    help: 'Show only pods whose names start with this text.',
    expected: 'the name of a pod, or the start of one',
    parse: searchText,
  },
  peer: {
    name: 'peer',
    commands: ['connections'],
    help: 'Show only peers with this name, in this network, or whose address starts with this text.',
    expected:
      'an address or the start of one, a network such as 10.0.0.0/8, a DNS name, NAMESPACE/POD, ' +
      'svc/NAMESPACE/NAME, node/NAME or apiserver',
    parse: searchText,
  },
  minScore: {
    name: 'min-score',
    commands: ['findings'],
    help: 'Show only pods with this score or higher. By default, 50 is suspicious and 80 is mining.',
    expected: 'a whole number from 0 to 100',
    parse: integer(0, 100),
  },
  watch: {
    name: 'watch',
    commands: ['connections', 'findings'],
    isSwitch: true,
    help:
      'Run until interrupted. connections: refresh the list at every --interval. findings: ' +
      'show changes.',
    expected: 'no value',
    parse: () => undefined,
  },
  timeoutMs: {
    name: 'timeout',
    commands: ['connections', 'findings'],
    fallback: '10s',
    help: 'How long to wait for the daemon.',
    expected: 'a duration from 100ms to 10m, such as 30s',
    parse: duration(100, 10 * 60_000),
  },
  replay: {
    name: 'replay',
    commands: ['run'],
    help:
      'Serve the tape in this directory instead of the kernel. Works without root, on any ' +
      'operating system.',
    expected: 'the directory that `vigia record` wrote',
    parse: anyPath,
  },
  ticks: {
    name: 'ticks',
    commands: ['record'],
    help: 'Number of ticks to record. Without it, recording runs until interrupted.',
    expected: 'a whole number from 1 to 1000000',
    parse: integer(1, 1_000_000),
  },
  maxSizeBytes: {
    name: 'max-size',
    commands: ['record'],
    fallback: '256MiB',
    help: 'Maximum size of the tape. Recording stops before the tape exceeds it.',
    expected: 'a size from 1MiB to 64GiB, such as 256MiB',
    parse: size(MIB, 64 * 1024 * MIB),
  },
};

export const optionKeys: readonly (keyof Options)[] = Object.keys(options) as (keyof Options)[];

/** All options, without the types of their values. */
export const allOptions: readonly CommandOption<unknown>[] = optionKeys.map((key) => options[key]);
