import { describe, expect, test } from 'vitest';
import { CLUE_KIND } from '../../reading/clue.ts';
import { clue, observation } from '../observation.fixture.ts';
import { ExecDetector } from './exec.ts';

const WORDS = 1;
const NAME = 2;
const MEMORY = 4;
const UNLINKED = 8;
const UPPER = 16;
/** Has the length of a Monero wallet, but belongs to nobody. */
const WALLET = `4${'A'.repeat(94)}`;

function detect(detail: number, ...args: readonly string[]) {
  const text = new TextEncoder().encode(args.map((each) => `${each}\0`).join(''));
  const started = clue({ kind: CLUE_KIND.exec, detail, atNs: 5e9, text, textBytes: text.length });
  return [...new ExecDetector().detect(observation({ clues: [started] }))];
}

const signals = (detail: number, ...args: readonly string[]) =>
  detect(detail, ...args).map(({ signal }) => signal);

describe("a program has a miner's command line", () => {
  test.each([
    [['./x', '-o', 'stratum+tcp://pool.example:3333', '-u', 'w']],
    [['./x', '--url=stratum+ssl://pool.example:443']],
    [['./x', '-P', 'stratum2+tcp://0xabc.rig@pool.example:4444']],
    [['/usr/bin/python3', 'a.py', 'STRATUM+TCP://10.0.0.9:80']],
    [['./x', '--donate-level', '1', '--cpu-max-threads-hint=50']],
    [['./x', '-a', 'rx/0', '--user=4A', '-k']],
    [['./x', '--coin=monero', '--nicehash']],
    [['[kworker/0:1]', '-o', '10.0.0.9:443', '-u', WALLET, '-p', 'x', '--tls']],
    [['./x', '--url=pool.example:3333', `--user=${WALLET}.rig1`]],
    [['./x', '-o', 'pool.example:3333', '-u', `${WALLET}${'B'.repeat(11)}+50000`]],
  ])('%j', (args) => {
    expect(signals(WORDS, ...args)).toEqual(['argv']);
  });

  test.each([
    [['grep', '-r', 'stratum+tcp://pool.example:3333', '/var/log']],
    [['/bin/sh', '-c', 'grep stratum+tcp://pool.example:3333 x']],
    [['suricata', '-S', 'content:"stratum+tcp://"']],
    [['curl', 'https://example.org/stratum+tcp://']],
    [['app', '--donate-level=1']],
    [['app', '--nicehash-report', '--random-seed=7']],
    [['app', '--url=http://x', '--user=bob']],
    [['app', '--algo=rsa', '--user=bob']],
    [['wallet', 'transfer', WALLET, '1.5']],
    [['app', 'example.org:443', `--digest=${'4f0'.repeat(32)}`]],
    [['grep', '-r', WALLET, 'a.example:1']],
    [[]],
  ])('but not: %j', (args) => {
    expect(signals(WORDS, ...args)).toEqual([]);
  });
});

test('a sighting names the process and quotes the shortened command line', () => {
  const [sighting] = detect(WORDS, './x', 'stratum+tcp://pool.example:3333', 'y'.repeat(500));
  expect(sighting).toEqual({
    signal: 'argv',
    cgroupId: 7,
    seconds: 5,
    count: 1,
    pid: 42,
    command: './x',
    detail: `command line: ./x stratum+tcp://pool.example:3333 ${'y'.repeat(124)}…`,
  });
});

test.each([
  ['its name', NAME, ['/opt/xmrig'], ['known_name'], 'named like a miner: /opt/xmrig'],
  ['memory', MEMORY, ['/tmp/a'], ['exec_place'], 'from an in-memory file system: /tmp/a'],
  ['a memfd', MEMORY | UNLINKED, ['a'], ['exec_place'], 'from an unlinked file in memory: a'],
  ['a container', UPPER, ['/a'], ['exec_place'], 'from a file added to the container: /a'],
  ['a deleted file', UNLINKED, ['a'], ['exec_place'], 'from a deleted file: a'],
])('%s is reported with its detail', (_, detail, args, wanted, shown) => {
  expect(signals(detail, ...args)).toEqual(wanted);
  expect(detect(detail, ...args).map((sighting) => sighting.detail)).toEqual([shown]);
});

test('a container runtime that starts itself is ignored', () => {
  expect(signals(MEMORY | UNLINKED, '/proc/self/exe', 'init')).toEqual([]);
  expect(signals(MEMORY | UNLINKED, '/usr/bin/runc', 'init')).toEqual([]);
  expect(signals(MEMORY | UNLINKED, '/proc/self/exe', 'mine')).toEqual(['exec_place']);
});

test('clues of other kinds are ignored', () => {
  const clues = [clue({ kind: CLUE_KIND.payload, detail: NAME })];
  expect([...new ExecDetector().detect(observation({ clues }))]).toEqual([]);
});
