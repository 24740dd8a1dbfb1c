import { type Config, settingKeys } from '../config/settings.ts';

type Key = keyof Config;

const LOAD = [
  'cgroup',
  'bpffs',
  'uid',
  'bpftool',
  'socketPath',
  'retentionMs',
  'mapMemoryBytes',
  'packets',
  'mining',
] as const;

const UNLOAD = ['cgroup', 'bpffs', 'bpftool', 'socketPath'] as const;

const RECORD = ['intervalMs', 'cgroup', 'bpffs', 'nodeName'] as const;

const CONNECTIONS = ['intervalMs', 'socketPath'] as const;

const FINDINGS = ['socketPath'] as const;

const DOCTOR = [
  'cgroup',
  'bpffs',
  'uid',
  'bpftool',
  'nodeName',
  'kubernetes',
  'kubeconfig',
  'kubeletRoot',
  'webConfigFile',
] as const;

/** Settings that each command reads. Its help lists these. */
interface CommandSettings {
  readonly run: readonly Key[];
  readonly load: typeof LOAD;
  readonly unload: typeof UNLOAD;
  readonly record: typeof RECORD;
  readonly connections: typeof CONNECTIONS;
  readonly findings: typeof FINDINGS;
  readonly doctor: typeof DOCTOR;
  readonly version: readonly [];
}

export type CommandName = keyof CommandSettings;

const SETTINGS: CommandSettings = {
  run: settingKeys,
  load: LOAD,
  unload: UNLOAD,
  record: RECORD,
  connections: CONNECTIONS,
  findings: FINDINGS,
  doctor: DOCTOR,
  version: [],
};

/** main.ts reads it for every command. */
const COMMON: readonly Key[] = ['logLevel'];

/** Settings that a command reads, in the order of the documentation. */
export function settingsOf(name: CommandName): readonly Key[] {
  const read: readonly Key[] = [...SETTINGS[name], ...COMMON];
  return settingKeys.filter((key) => read.includes(key));
}

/**
 * The settings as one command sees them. One that it does not declare above is `unknown` here, so code
 * that reads it does not compile.
 */
export type ConfigOf<Name extends CommandName> = Pick<Config, Declared<Name>> & {
  readonly [Other in Exclude<Key, Declared<Name>>]?: unknown;
};

type Declared<Name extends CommandName> = CommandSettings[Name][number];
