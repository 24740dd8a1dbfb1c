import {
  type Deeds,
  mapsDataset,
  opensRegisters,
  runs,
  scenarios,
  speaks,
  starts,
  startsHidden,
  startsInMemory,
} from './deeds.ts';
import { EVASIONS } from './emulators/evasions.ts';
import { GRAMMARS, NODE_GRAMMARS } from './emulators/grammars.ts';
import { opensTls, requestsByConnect, requestsBySocks } from './pool-name-deeds.ts';
import type { Scenario } from './scenario.ts';

/** Three ticks of the daemon. */
export const WATCHED = { seconds: 15, isLight: true } as const;
const POOL = 'stratum+tcp://pool.example:3333';

/** A miner's command line and nothing else: one strong signal, but only suspicious. */
const COMMAND_LINES: Deeds = {
  'pool URL as an argument': [starts('app', '-o', POOL, '-u', 'wallet', '-p', 'x')],
  'pool URL as an option value': [starts('app', '--url=stratum+ssl://pool.example:443')],
  'ETHPROXY address': [starts('app', '-P', 'stratum1+tcp://0xabc.rig@pool.example:4444')],
  'two miner options': [starts('app', '--donate-level=1', '--coin=monero')],
  'RandomX options': [starts('app', '--randomx-1gb-pages', '--cpu-max-threads-hint=50')],
  'host and wallet': [starts('app', '-o', '10.0.0.9:443', '-u', `4${'A'.repeat(94)}`)],
  'after 300 bytes of other arguments': [starts('app', `--log=${'x'.repeat(300)}`, '-o', POOL)],
  'named like a kernel thread': [starts('[kworker', '-o', POOL)],
  'from /dev/shm': [startsInMemory('a', '-o', POOL)],
  'from a memfd': [startsHidden('memfd', 'nginx', '-o', POOL)],
  'deleted file': [startsHidden('deleted', 'nginx', '-o', POOL)],
};

/** Name and command line together raise an alert. */
const NAMED: Deeds = {
  xmrig: [starts('xmrig', '-o', POOL, '--nicehash')],
  kdevtmpfsi: [starts('kdevtmpfsi', '-o', POOL)],
  cpuminer: [starts('cpuminer-avx2', '-a', 'ghostrider', '-o', POOL)],
  'xmrig from /dev/shm': [startsInMemory('xmrig', '--donate-level=1', '--coin=monero')],
};

/** Nothing is changed: shells exit first, modprobe is a stand-in, and the CPU does not exist. */
const REGISTERS: Deeds = {
  'MSR device opened for writing': [opensRegisters('>')],
  modprobe: [starts('modprobe', 'msr', 'allow_writes=on')],
  'shell that runs modprobe': [runs('/bin/sh', '-c', 'exit 0; modprobe msr allow_writes=on')],
  'shell that writes the module parameter': [
    runs('/bin/sh', '-c', 'exit 0; echo on > /sys/module/msr/parameters/allow_writes'),
  ],
};

const loadsDriver = starts('modprobe', 'msr', 'allow_writes=on');
const reservesPages = starts('sysctl', '-w', 'vm.nr_hugepages=1280');

/** Preparation for RandomX, with a strong signal. */
const PREPARED: Deeds = {
  'MSR access and dataset': [loadsDriver, mapsDataset],
  'MSR access and huge pages': [loadsDriver, reservesPages],
  'command line and dataset': [starts('app', '-o', POOL), mapsDataset],
  'MSR access and command line': [loadsDriver, startsHidden('memfd', 'a', '-o', POOL)],
};

/** Weak signals only. */
const WEAK_TOGETHER: Deeds = {
  'miner name, pool domain over TLS': [starts('xmrig', '-c', 'config.json'), opensTls],
  'pool domain over SOCKS, miner name': [requestsBySocks, starts('xmrig')],
  'pool domain over CONNECT, program in memory': [requestsByConnect, startsInMemory('a')],
  'pool domain over TLS, dataset': [opensTls, mapsDataset],
  'work request to a node, dataset': [speaks(NODE_GRAMMARS['eth_getWork']), mapsDataset],
  'work request to a node, miner name': [speaks(NODE_GRAMMARS['eth_getWork']), starts('ethminer')],
  'miner name, dataset, program in memory': [startsInMemory('xmrig'), mapsDataset],
};

/** A few dialects through the whole ledger. All dialects and evasions are measured as flows. */
const SPOKEN: Deeds = {
  CryptoNote: [speaks(GRAMMARS['CryptoNote'])],
  'CryptoNote, all evasions': [
    speaks(GRAMMARS['CryptoNote'], EVASIONS['all four JSON changes, split at random']),
  ],
  'Stratum 1': [speaks(GRAMMARS['Stratum 1'])],
  'Stratum 1, one byte per segment': [
    speaks(GRAMMARS['Stratum 1'], EVASIONS['one byte per segment']),
  ],
  ETHPROXY: [speaks(GRAMMARS['ETHPROXY'])],
  'xmrig solo': [speaks(GRAMMARS['xmrig solo'])],
  'CryptoNote over WebSocket': [speaks(GRAMMARS['CryptoNote over WebSocket'])],
};

export const execScenarios: readonly Scenario[] = [
  ...scenarios('command line of a miner', 'suspicious', COMMAND_LINES, WATCHED),
  ...scenarios('name and command line of a miner', 'mining', NAMED, WATCHED),
  ...scenarios('MSR access', 'suspicious', REGISTERS, WATCHED),
  ...scenarios('preparation for RandomX', 'mining', PREPARED, WATCHED),
  ...scenarios('several weak signals', 'suspicious', WEAK_TOGETHER, WATCHED),
  ...scenarios('unencrypted mining protocol', 'mining', SPOKEN, WATCHED),
];
