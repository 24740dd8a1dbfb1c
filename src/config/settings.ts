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

/** Every setting, parsed. Optional ones have no default and are absent unless given. */
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
    help:
      'Address of the HTTP server, which serves metrics, health checks and the landing ' + 'page.',
    expected: 'HOST:PORT or :PORT, such as :9770, 127.0.0.1:9770 or [::1]:9770',
    parse: listenAddress,
  },
  intervalMs: {
    name: 'interval',
    fallback: '5s',
    help:
      'How often the kernel tables are read, and how often `vigia connections --watch` ' +
      'refreshes its list.',
    expected: 'a duration from 1s to 5m, such as 5s',
    parse: duration(SECOND_MS, 5 * MINUTE_MS),
  },
  cgroup: {
    name: 'cgroup',
    fallbackNote: 'the cgroup v2 mount',
    help: 'Root of the observed cgroup tree. Cgroups outside it are not counted.',
    expected: 'an absolute path to a cgroup v2 directory, such as /sys/fs/cgroup',
    parse: absolutePath,
  },
  bpffs: {
    name: 'bpffs',
    fallback: '/run/vigia/bpf',
    help:
      'Directory of the pinned programs, maps and tables. Refused if the path contains a ' +
      'symbolic link, or a directory that users other than root can write to.',
    expected: 'an absolute path, such as /run/vigia/bpf',
    parse: plainPath,
  },
  retentionMs: {
    name: 'retention',
    fallback: '5m',
    help: 'How long the figures of a finished pod are kept. Takes effect at the next load.',
    expected: 'a duration from 10s to 24h, such as 5m',
    parse: duration(10 * SECOND_MS, 24 * 60 * MINUTE_MS),
  },
  logLevel: {
    name: 'log-level',
    fallback: 'info',
    help: 'Lowest severity that is logged.',
    expected: `one of ${LOG_LEVELS.join(', ')}`,
    parse: oneOf(LOG_LEVELS),
  },
  uid: {
    name: 'uid',
    fallback: defaultUid,
    fallbackNote: 'the user vigia if it exists, else 9770',
    help:
      'User ID that can read the tables. A daemon started as root switches to it. No other ' +
      'program should run under this ID.',
    expected: 'a user ID from 1 to 4294967294; root (0) is refused',
    parse: integer(1, 2 ** 32 - 2),
  },
  mapMemoryBytes: {
    name: 'map-memory',
    fallback: '128MiB',
    help:
      'Maximum kernel memory for the tables. Data stored with sockets comes on top: at most ' +
      '67 MB. Takes effect at the next load.',
    expected: 'a size from 8MiB to 4GiB, such as 128MiB',
    parse: size(8 * MIB, 4096 * MIB),
  },
  packets: {
    name: 'packets',
    fallback: 'on',
    help:
      'Whether to count packets. When off, packets cost nothing, and layer 3 figures, UDP ' +
      'and DNS are unavailable. Takes effect at the next load.',
    expected: 'on or off',
    parse: oneOf(['on', 'off']),
  },
  mining: {
    name: 'mining',
    fallback: 'on',
    help:
      'Sources of evidence for detecting cryptocurrency mining. on: all of them, off: none. ' +
      'Takes effect at the next load.',
    expected: `on, off, or a comma-separated list of ${MINING_SOURCES.join(', ')}`,
    parse: someOf(MINING_SOURCES),
  },
  miningScores: {
    name: 'mining-scores',
    fallback: `${VERDICTS.suspicious},${VERDICTS.mining}`,
    help: 'Score thresholds: suspicious, then mining.',
    expected: 'two whole numbers from 1 to 100, the lower one first, such as 50,80',
    parse: miningScores,
  },
  mayMine: {
    name: 'may-mine',
    fallbackNote: 'none',
    help:
      'Pods that are allowed to mine: their findings have a score of 0. NAMESPACE/NAME ' +
      'matches a workload or a pod, NAMESPACE every pod in it, and LABEL=VALUE every pod ' +
      "with that label. The workload and the labels come from the pod's own metadata. An " +
      'entry therefore gives permission to everyone who can create pods in that namespace, ' +
      'and a label to everyone who can create pods in any namespace.',
    expected:
      'a comma-separated list of NAMESPACE, NAMESPACE/NAME or LABEL=VALUE, such as ' +
      'research,shop/miner',
    parse: podNames,
  },
  poolNames: {
    name: 'pool-names',
    fallbackNote: 'none',
    help:
      'File with additional domains of mining pools, one per line. It is re-read when it ' +
      'changes.',
    expected: 'an absolute path',
    parse: absolutePath,
  },
  maxSeries: {
    name: 'max-series',
    fallback: '20000',
    help:
      'Maximum number of pod series in one scrape. Further series are left out and counted. ' +
      'No part of the cgroup tree can use all of them, and the cgroups that users create ' +
      'can use at most a third.',
    expected: 'a whole number from 100 to 1000000',
    parse: integer(100, 1_000_000),
  },
  waitHistogram: {
    name: 'wait-histogram',
    fallback: 'off',
    help:
      'Whether to export histograms of CPU waits. container: one per container (ten series ' +
      'each).',
    expected: 'off or container',
    parse: oneOf(['off', 'container']),
  },
  egress: {
    name: 'egress',
    fallback: 'off',
    help:
      'Whether to export the bytes that each pod sent, by destination. class: by class of ' +
      'the peer (seven series per pod). opencost: in the form that OpenCost reads, with the ' +
      'bytes received (six series per pod, two more with --peers=cluster, two more with ' +
      '--nat-networks).',
    expected: 'off, class or opencost',
    parse: oneOf(['off', 'class', 'opencost']),
  },
  pairs: {
    name: 'pairs',
    fallback: 'off',
    help:
      'Whether to export connections and payload bytes by pair. workload: for each pair of ' +
      'workloads (three series per pair).',
    expected: 'off or workload',
    parse: oneOf(['off', 'workload']),
  },
  maxPairs: {
    name: 'max-pairs',
    fallback: '1000',
    help:
      'Maximum number of workload pairs. Traffic of further pairs is summed in one pair, ' +
      'and each is counted in vigia_pairs_overflowed_total. No workload or namespace can ' +
      'use all of them.',
    expected: 'a whole number from 10 to 100000',
    parse: integer(10, 100_000),
  },
  nodeName: {
    name: 'node-name',
    fallback: () => machineName().trim(),
    fallbackNote: 'the host name',
    help:
      'Name of this node in labels and in the Kubernetes API. It is converted to lower ' +
      'case, as kubelets do.',
    expected: 'a host name of up to 253 letters, digits, dots and dashes',
    parse: nodeName,
  },
  bpftool: {
    name: 'bpftool',
    fallbackNote: 'the newest one found',
    help: 'Path of bpftool, which loads the programs. Version 7.3 or newer is required.',
    expected: 'an absolute path, such as /usr/sbin/bpftool',
    parse: absolutePath,
  },
  socketPath: {
    name: 'socket',
    fallback: '/run/vigia/vigia.sock',
    help: 'Unix socket of the daemon. `vigia connections` and `vigia findings` connect to it.',
    expected: 'an absolute path of at most 107 bytes, such as /run/vigia/vigia.sock',
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
