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
import { GRAMMARS, NODE_GRAMMARS } from './emulators/dialects.ts';
import { EVASIONS } from './emulators/evasions.ts';
import { asksConnect, asksSocks, asksTls } from './pool-name-deeds.ts';
import type { Scenario } from './scenario.ts';

/** Three ticks. */
export const WATCHED = { seconds: 15, isLight: true } as const;
const POOL = 'stratum+tcp://pool.example:3333';

/** Told on the command line, and nothing else: a strong signal, and no more than a suspicion. */
const TOLD: Deeds = {
  'a pool as an argument': [starts('app', '-o', POOL, '-u', 'wallet', '-p', 'x')],
  'a pool as the value of an option': [starts('app', '--url=stratum+ssl://pool.example:443')],
  'an address of ETHPROXY': [starts('app', '-P', 'stratum1+tcp://0xabc.rig@pool.example:4444')],
  'two options of miners': [starts('app', '--donate-level=1', '--coin=monero')],
  'options of RandomX': [starts('app', '--randomx-1gb-pages', '--cpu-max-threads-hint=50')],
  'a host, and a wallet': [starts('app', '-o', '10.0.0.9:443', '-u', `4${'A'.repeat(94)}`)],
  'behind 300 octets': [starts('app', `--log=${'x'.repeat(300)}`, '-o', POOL)],
  'called like a thread of the kernel': [starts('[kworker', '-o', POOL)],
  'from /dev/shm': [startsInMemory('a', '-o', POOL)],
  'from a memfd': [startsHidden('memfd', 'nginx', '-o', POOL)],
  deleted: [startsHidden('deleted', 'nginx', '-o', POOL)],
};

/** By name and by arguments: an alert. */
const NAMED: Deeds = {
  xmrig: [starts('xmrig', '-o', POOL, '--nicehash')],
  kdevtmpfsi: [starts('kdevtmpfsi', '-o', POOL)],
  cpuminer: [starts('cpuminer-avx2', '-a', 'ghostrider', '-o', POOL)],
  'xmrig from /dev/shm': [startsInMemory('xmrig', '--donate-level=1', '--coin=monero')],
};

/** Nothing here is done: shells end before, loaders are stand-ins, and no machine has that CPU. */
const REGISTERS: Deeds = {
  'the registers themselves': [opensRegisters('>')],
  'the loader of the driver': [starts('modprobe', 'msr', 'allow_writes=on')],
  'a shell with the loader': [runs('/bin/sh', '-c', 'exit 0; modprobe msr allow_writes=on')],
  'a shell that would write': [
    runs('/bin/sh', '-c', 'exit 0; echo on > /sys/module/msr/parameters/allow_writes'),
  ],
};

const loadsDriver = starts('modprobe', 'msr', 'allow_writes=on');
const reservesPages = starts('sysctl', '-w', 'vm.nr_hugepages=1280');

/** What prepares for RandomX, with something strong. */
const PREPARED: Deeds = {
  'registers and dataset': [loadsDriver, mapsDataset],
  'registers and huge pages': [loadsDriver, reservesPages],
  'arguments and dataset': [starts('app', '-o', POOL), mapsDataset],
  'registers and arguments': [loadsDriver, startsHidden('memfd', 'a', '-o', POOL)],
};

/** Only what is weak. */
const WEAK_TOGETHER: Deeds = {
  'a name, and a pool by TLS': [starts('xmrig', '-c', 'config.json'), asksTls],
  'a pool by SOCKS, and a name': [asksSocks, starts('xmrig')],
  'a pool by CONNECT, from memory': [asksConnect, startsInMemory('a')],
  'a pool by TLS, and a dataset': [asksTls, mapsDataset],
  'work of a node, and a dataset': [speaks(NODE_GRAMMARS['eth_getWork']), mapsDataset],
  'work of a node, and a name': [speaks(NODE_GRAMMARS['eth_getWork']), starts('ethminer')],
  'a name, a dataset, from memory': [startsInMemory('xmrig'), mapsDataset],
};

/** Through the ledger, as all else here; the dialects and their evasions have tables of their own. */
const SPOKEN: Deeds = {
  CryptoNote: [speaks(GRAMMARS['CryptoNote'])],
  'CryptoNote, all evasions': [speaks(GRAMMARS['CryptoNote'], EVASIONS['all, and cut at random'])],
  'Stratum 1': [speaks(GRAMMARS['Stratum 1'])],
  'Stratum 1, an octet a segment': [speaks(GRAMMARS['Stratum 1'], EVASIONS['an octet a segment'])],
  ETHPROXY: [speaks(GRAMMARS['ETHPROXY'])],
  'xmrig solo': [speaks(GRAMMARS['xmrig solo'])],
  'CryptoNote in WebSocket': [speaks(GRAMMARS['CryptoNote in WebSocket'])],
};

export const execScenarios: readonly Scenario[] = [
  ...scenarios('told on the command line', 'suspicious', TOLD, WATCHED),
  ...scenarios('a name and arguments', 'mining', NAMED, WATCHED),
  ...scenarios('registers of the processor', 'suspicious', REGISTERS, WATCHED),
  ...scenarios('prepared for RandomX', 'mining', PREPARED, WATCHED),
  ...scenarios('weak signs together', 'suspicious', WEAK_TOGETHER, WATCHED),
  ...scenarios('a protocol in clear', 'mining', SPOKEN, WATCHED),
];
