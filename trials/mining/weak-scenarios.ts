import {
  type Deeds,
  mapsDataset,
  opensRegisters,
  runs,
  scenarios,
  speaks,
  starts,
  startsInMemory,
} from './deeds.ts';
import { NODE_GRAMMARS } from './emulators/grammars.ts';
import { WATCHED } from './exec-scenarios.ts';
import { opensTls, requestsByConnect } from './pool-name-deeds.ts';
import type { Scenario } from './scenario.ts';

const POOL = 'stratum+tcp://pool.example:3333';

/** Weak signals that benign programs show too: the score stays below suspicious. */
const ALONE: Deeds = {
  'program named like a miner': [starts('cgminer-exporter')],
  'pool website over TLS': [opensTls],
  'pool website through a proxy': [requestsByConnect],
  'explorer that requests work from a node': [
    speaks(NODE_GRAMMARS['getblocktemplate of a node']),
    speaks(NODE_GRAMMARS['getwork without a miner’s header']),
  ],
  'program in /dev/shm': [startsInMemory('build', '--release')],
  'mapping of 2080 MiB': [mapsDataset],
  'database with huge pages': [starts('sysctl', '-w', 'vm.nr_hugepages=4096'), mapsDataset],
  'database with huge pages, program in /dev/shm': [
    starts('sysctl', '-w', 'vm.nr_hugepages=4096'),
    startsInMemory('postgres'),
  ],
};

/** Programs that mention or resemble miners. */
const ABOUT_MINERS: Deeds = {
  'grep for a pool URL': [starts('grep', '-r', POOL, '/var/log')],
  'echo of a pool URL': [starts('echo', 'never start', POOL)],
  'grep in a shell': [runs('/bin/sh', '-c', `exit 0; grep -r ${POOL} /var/log`)],
  'similar options': [starts('bench', '--algo=sha256', '--user=me')],
  'client with a user and a URL': [starts('curl', '--user=me', '--url=https://x.example')],
  'power monitor': [starts('modprobe', 'msr'), opensRegisters('<')],
  'another kernel module': [starts('modprobe', 'kvm', 'allow_writes=on')],
  'similar URL scheme': [starts('ntp', 'stratum:2', '--stratum=3')],
};

export const weakScenarios: readonly Scenario[] = [
  ...scenarios('weak signals below the threshold', 'nothing', ALONE, WATCHED),
  ...scenarios('harmless look-alikes', 'nothing', ABOUT_MINERS, WATCHED),
];
