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
import { NODE_GRAMMARS } from './emulators/dialects.ts';
import { WATCHED } from './exec-scenarios.ts';
import { asksConnect, asksTls } from './pool-name-deeds.ts';
import type { Scenario } from './scenario.ts';

const POOL = 'stratum+tcp://pool.example:3333';

/** One sign that a miner has and others may: a look at the pod is not worth it. */
const ALONE: Deeds = {
  'a program called like a miner': [starts('cgminer-exporter')],
  'a web site of a pool, by TLS': [asksTls],
  'a web site of a pool, by a proxy': [asksConnect],
  'an explorer that asks a node for work': [
    speaks(NODE_GRAMMARS['getblocktemplate, of a node']),
    speaks(NODE_GRAMMARS['getwork without a miner’s header']),
  ],
  'a program from /dev/shm': [startsInMemory('build', '--release')],
  'a mapping of 2080 MiB': [mapsDataset],
  'huge pages of a database': [starts('sysctl', '-w', 'vm.nr_hugepages=4096'), mapsDataset],
  'a database with huge pages, from /dev/shm': [
    starts('sysctl', '-w', 'vm.nr_hugepages=4096'),
    startsInMemory('postgres'),
  ],
};

/** What has to do with miners, and is none. */
const ABOUT_MINERS: Deeds = {
  'a search for a pool': [starts('grep', '-r', POOL, '/var/log')],
  'a text with a pool': [starts('echo', 'never start', POOL)],
  'a search in a shell': [runs('/bin/sh', '-c', `exit 0; grep -r ${POOL} /var/log`)],
  'an option that only looks like it': [starts('bench', '--algo=sha256', '--user=me')],
  'a client with a user and an address': [starts('curl', '--user=me', '--url=https://x.example')],
  'a monitor of power': [starts('modprobe', 'msr'), opensRegisters('<')],
  'a driver of another name': [starts('modprobe', 'kvm', 'allow_writes=on')],
  'a scheme that only looks like it': [starts('ntp', 'stratum:2', '--stratum=3')],
};

export const weakScenarios: readonly Scenario[] = [
  ...scenarios('weak signs alone', 'nothing', ALONE, WATCHED),
  ...scenarios('about miners', 'nothing', ABOUT_MINERS, WATCHED),
];
