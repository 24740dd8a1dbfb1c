import { hostname as machineName } from 'node:os';
import { MINING_SOURCES, type MiningSource } from '../core/mining/mining-source.ts';
import { type Thresholds, VERDICTS } from '../core/mining/verdict/finding.ts';
import { LOG_LEVELS, type LogLevel } from '../log.ts';
import { type ClusterConfig, clusterSettings } from './cluster-settings.ts';
import { type HttpConfig, httpSettings } from './http-settings.ts';
import { defaultUid } from './users.ts';
import {
  absolutePath,
  duration,
  integer,
  type ListenAddress,
  listenAddress,
  miningScores,
  nodeName,
  oneOf,
  plainPath,
  podNames,
  type Setting,
  size,
  socketPath,
  someOf,
} from './values.ts';

/** Every setting, parsed. What is optional has no default and is absent unless given. */
export interface Config extends ClusterConfig, HttpConfig {
  readonly listen: ListenAddress;
  readonly intervalMs: number;
  readonly cgroup?: string;
  readonly bpffs: string;
  readonly retentionMs: number;
  readonly logLevel: LogLevel;
  readonly uid: number;
  readonly mapMemoryBytes: number;
  readonly packets: 'on' | 'off';
  readonly mining: readonly MiningSource[];
  readonly miningScores: Thresholds;
  readonly mayMine?: readonly string[];
  readonly poolNames?: string;
  readonly maxSeries: number;
  readonly waitHistogram: 'off' | 'container';
  readonly egress: 'off' | 'class' | 'opencost';
  readonly pairs: 'off' | 'workload';
  readonly maxPairs: number;
  readonly nodeName: string;
  readonly bpftool?: string;
  readonly socketPath: string;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const MIB = 1024 ** 2;

export const settings: {
  readonly [Key in keyof Required<Config>]: Setting<Required<Config>[Key]>;
} = {
  listen: {
    name: 'listen',
    fallback: ':9770',
    help: 'Address of the HTTP server: metrics, health and the landing page.',
    wants: 'HOST:PORT or :PORT, such as :9770, 127.0.0.1:9770 or [::1]:9770',
    parse: listenAddress,
  },
  intervalMs: {
    name: 'interval',
    fallback: '5s',
    help: 'How often the kernel tables are read.',
    wants: 'a duration from 1s to 5m, such as 5s',
    parse: duration(SECOND_MS, 5 * MINUTE_MS),
  },
  cgroup: {
    name: 'cgroup',
    fallbackNote: 'the cgroup v2 mount',
    help: 'Root of what is observed; what lies outside is not counted at all.',
    wants: 'an absolute path to a cgroup v2 directory, such as /sys/fs/cgroup',
    parse: absolutePath,
  },
  bpffs: {
    name: 'bpffs',
    fallback: '/run/vigia/bpf',
    help: 'Directory of the pinned programs, maps and tables. Refused where the path has a symbolic link, or a part that others than root may write to.',
    wants: 'an absolute path, such as /run/vigia/bpf',
    parse: plainPath,
  },
  retentionMs: {
    name: 'retention',
    fallback: '5m',
    help: 'How long the figures of a finished pod stay. Takes effect at the next load.',
    wants: 'a duration from 10s to 24h, such as 5m',
    parse: duration(10 * SECOND_MS, 24 * 60 * MINUTE_MS),
  },
  logLevel: {
    name: 'log-level',
    fallback: 'info',
    help: 'The least severe level that is logged.',
    wants: `one of ${LOG_LEVELS.join(', ')}`,
    parse: oneOf(LOG_LEVELS),
  },
  uid: {
    name: 'uid',
    fallback: defaultUid,
    fallbackNote: 'that of the user vigia, else 9770',
    help: 'User id that may read the tables, and that a daemon started as root becomes. No other program should run as it.',
    wants: 'a user id from 1 to 4294967294; root (0) is refused',
    parse: integer(1, 2 ** 32 - 2),
  },
  mapMemoryBytes: {
    name: 'map-memory',
    fallback: '128MiB',
    help: 'Kernel memory that the tables may take. What is kept at sockets comes on top, 67 MB at the most. Takes effect at the next load.',
    wants: 'a size from 8MiB to 4GiB, such as 128MiB',
    parse: size(8 * MIB, 4096 * MIB),
  },
  packets: {
    name: 'packets',
    fallback: 'on',
    help: 'Whether packets are looked at. Off, they cost nothing, and layer 3 figures, UDP and DNS are not known. Takes effect at the next load.',
    wants: 'on or off',
    parse: oneOf(['on', 'off']),
  },
  mining: {
    name: 'mining',
    fallback: 'on',
    help: 'What is looked at for signs of cryptocurrency mining. Takes effect at the next load.',
    wants: `on, off, or some of ${MINING_SOURCES.join(', ')} apart by commas`,
    parse: someOf(MINING_SOURCES),
  },
  miningScores: {
    name: 'mining-scores',
    fallback: `${VERDICTS.suspicious},${VERDICTS.mining}`,
    help: 'From which score on a pod is suspicious, and from which on it is told as mining.',
    wants: 'two whole numbers from 1 to 100, the lower one first, such as 50,80',
    parse: miningScores,
  },
  mayMine: {
    name: 'may-mine',
    fallbackNote: 'none',
    help: "Pods that may mine: their findings have a score of 0. NAMESPACE/NAME is a workload or a pod, NAMESPACE all pods in it, LABEL=VALUE pods with that label. A pod's own metadata names its workload and its labels. So an entry gives permission to everyone who may create pods in that namespace, and a label to everyone who may create pods in any.",
    wants: 'NAMESPACE, NAMESPACE/NAME or LABEL=VALUE apart by commas, such as research,shop/miner',
    parse: podNames,
  },
  poolNames: {
    name: 'pool-names',
    fallbackNote: 'none',
    help: 'File of more domains of mining pools, one a line; read again when it changes.',
    wants: 'an absolute path',
    parse: absolutePath,
  },
  maxSeries: {
    name: 'max-series',
    fallback: '20000',
    help: 'Maximum number of pod series in one scrape. Further ones are left out and counted. No part of the cgroup tree gets all of them, and what users make in cgroups of their own gets a third at most.',
    wants: 'a whole number from 100 to 1000000',
    parse: integer(100, 1_000_000),
  },
  waitHistogram: {
    name: 'wait-histogram',
    fallback: 'off',
    help: 'Whether each container gets a histogram of its waits for a CPU (ten series each).',
    wants: 'off or container',
    parse: oneOf(['off', 'container']),
  },
  egress: {
    name: 'egress',
    fallback: 'off',
    help: 'Whether bytes that pods sent are shown by where to: class (seven series a pod), or as OpenCost asks for them, with those received (six; two more with --peers=cluster, and two with --nat-networks).',
    wants: 'off, class or opencost',
    parse: oneOf(['off', 'class', 'opencost']),
  },
  pairs: {
    name: 'pairs',
    fallback: 'off',
    help: 'Whether connections and payload bytes are shown by pair of workloads (three series a pair).',
    wants: 'off or workload',
    parse: oneOf(['off', 'workload']),
  },
  maxPairs: {
    name: 'max-pairs',
    fallback: '1000',
    help: 'Maximum number of workload pairs. Traffic of further pairs is summed in one pair, and each is counted. No workload or namespace gets all of them.',
    wants: 'a whole number from 10 to 100000',
    parse: integer(10, 100_000),
  },
  nodeName: {
    name: 'node-name',
    fallback: () => machineName().trim(),
    fallbackNote: 'the host name',
    help: 'Name of this node in labels, and in the Kubernetes API. Taken in lower case, as kubelets do.',
    wants: 'a host name of up to 253 letters, digits, dots and dashes',
    parse: nodeName,
  },
  bpftool: {
    name: 'bpftool',
    fallbackNote: 'the newest that is found',
    help: 'The bpftool to load with; 7.3 or newer.',
    wants: 'an absolute path, such as /usr/sbin/bpftool',
    parse: absolutePath,
  },
  socketPath: {
    name: 'socket',
    fallback: '/run/vigia/vigia.sock',
    help: "Unix socket on which the daemon answers vigia's own commands.",
    wants: 'an absolute path of at most 107 bytes, such as /run/vigia/vigia.sock',
    parse: socketPath,
  },
  ...clusterSettings,
  ...httpSettings,
};

export const settingKeys: readonly (keyof Config)[] = Object.keys(settings) as (keyof Config)[];

/** `map-memory` is VIGIA_MAP_MEMORY. */
export function envName(settingName: string): string {
  return `VIGIA_${settingName.toUpperCase().replaceAll('-', '_')}`;
}
