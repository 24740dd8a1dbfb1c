import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import type { Traffic } from '../../src/core/usage/usage.ts';
import { endNow, until } from '../process/process.ts';
import type { Family } from './peer.ts';

/** With GRO, veth counts a packet after its Ethernet header was removed. */
const ETHERNET_HEADER_BYTES = { with: 14, withGro: 0 } as const;

/** One end of a network: a network namespace with an interface. */
export interface End {
  /** Path of the namespace file. */
  readonly netns: string;
  readonly interface: string;
  readonly interfaceIndex: number;
  readonly addresses: Readonly<Record<Family, string>>;
  /** The interface's own counters, at layer 3. */
  readonly counted: () => { readonly transmit: Traffic; readonly receive: Traffic };
  /** A counter of /proc/net/snmp or /proc/net/netstat, such as `Tcp.RetransSegs`. */
  readonly statistic: (name: string) => number;
  /** Runs a command inside. */
  readonly run: (command: string, input?: string) => string;
}

/** Two network namespaces connected by a veth pair. Removed at disposal. */
export interface Network extends AsyncDisposable {
  readonly west: End;
  readonly east: End;
}

export interface NetworkOptions {
  /** The west end is in the root network namespace, like a pod with hostNetwork. */
  readonly westIsHost?: boolean;
  /**
   * With offloads, the interface carries super-packets and counts each as one. By default offloads
   * are off, and it counts packets as on a wire. The sender's stack and GRO still use
   * super-packets.
   */
  readonly offload?: boolean;
}

/**
 * Only the test's packets are sent. Neighbors are preconfigured, and neighbor and multicast
 * announcements of hosts are dropped.
 */
export async function openNetwork(options: NetworkOptions = {}): Promise<Network> {
  await using stack = new AsyncDisposableStack();
  const westPid = options.westIsHost ? process.pid : stack.use(await holdNamespace()).pid;
  const eastPid = stack.use(await holdNamespace()).pid;
  const name = `vgt${randomBytes(4).toString('hex')}`;
  const headerBytes = ETHERNET_HEADER_BYTES[options.offload ? 'with' : 'withGro'];
  const west = endOf(westPid, `${name}1`, headerBytes);
  const east = endOf(eastPid, `${name}2`, headerBytes);
  const peer = `peer name ${name}2 netns ${eastPid} address ${macOf(2)}`;
  ip(`link add ${name}1 netns ${westPid} address ${macOf(1)} type veth ${peer}`);
  // It would end with its namespace, but the kernel delays that.
  stack.defer(() => void west.run(`ip link delete ${name}1`));
  const third = randomBytes(1).readUInt8();
  for (const [end, self, other] of [
    [west, 1, 2],
    [east, 2, 1],
  ] as const)
    configure(end, { third, self, other, options });
  const removal = stack.move();
  const addresses = (host: number) => ({
    4: `198.18.${third}.${host}`,
    6: `fd5e:${third}::${host}`,
  });
  return {
    west: { ...west, addresses: addresses(1), interfaceIndex: indexOf(west) },
    east: { ...east, addresses: addresses(2), interfaceIndex: indexOf(east) },
    [Symbol.asyncDispose]: () => removal.disposeAsync(),
  };
}

type BareEnd = Omit<End, 'addresses' | 'interfaceIndex'>;

/** A network namespace lives as long as a process in it. This process ends with the test. */
export async function holdNamespace(): Promise<AsyncDisposable & { readonly pid: number }> {
  const child = spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const { pid } = child;
  if (pid === undefined) throw new Error('no unshare');
  const own = readlinkSync('/proc/self/ns/net');
  await until('a network namespace', () => readlinkSync(`/proc/${pid}/ns/net`) !== own);
  return {
    pid,
    [Symbol.asyncDispose]: () => endNow(child),
  };
}

function endOf(pid: number, name: string, headerBytes: number): BareEnd {
  const netns = `/proc/${pid}/ns/net`;
  return {
    netns,
    interface: name,
    counted: () => interfaceCounters(pid, name, headerBytes),
    statistic: (statistic) => statisticOf(pid, statistic),
    run: (command, input) => runIn(netns, command, input),
  };
}

/** Runs a command in a network namespace and returns its output. */
export function runIn(netns: string, command: string, input = ''): string {
  const words = [`--net=${netns}`, ...command.split(' ')];
  return execFileSync('nsenter', words, { input, encoding: 'utf8' });
}

function configure(
  end: BareEnd,
  it: { third: number; self: number; other: number; options: NetworkOptions },
): void {
  const { third, self, other, options } = it;
  const dev = `dev ${end.interface}`;
  const neighbor = `lladdr ${macOf(other)} nud permanent ${dev}`;
  end.run(
    'ip -batch -',
    [
      'link set lo up',
      `address add 198.18.${third}.${self}/24 ${dev}`,
      `address add fd5e:${third}::${self}/64 ${dev} nodad`,
      `link set ${end.interface} up`,
      ...(options.westIsHost ? [] : [`route add 239.0.0.0/8 ${dev}`]),
      `neighbor replace 198.18.${third}.${other} ${neighbor}`,
      `neighbor replace fd5e:${third}::${other} ${neighbor}`,
    ].join('\n'),
  );
  if (options.offload !== true)
    end.run(`ethtool -K ${end.interface} tso off tx-udp-segmentation off gro on`);
  if (end.netns === `/proc/${process.pid}/ns/net`) return;
  end.run('sysctl -qw net.ipv4.ping_group_range=0\t0');
  const talk = 'icmpv6 type { mld2-listener-report, nd-router-solicit } drop';
  // An unspecified source address marks duplicate address detection. Neighbors added by a test must
  // stay resolvable.
  const probe = 'ip6 saddr :: icmpv6 type nd-neighbor-solicit drop';
  end.run(
    'nft -f -',
    `add table ip6 quiet
    add chain ip6 quiet out { type filter hook output priority 0; }
    add rule ip6 quiet out ${talk}
    add rule ip6 quiet out ${probe}
    add table ip quiet
    add chain ip quiet out { type filter hook output priority 0; }
    add rule ip quiet out ip protocol igmp drop`,
  );
}

function indexOf(end: BareEnd): number {
  return Number(/^(\d+):/.exec(end.run(`ip -o link show ${end.interface}`))?.[1]);
}

function ip(command: string): void {
  execFileSync('ip', command.split(' '));
}

/** A locally administered MAC address. */
function macOf(host: number): string {
  return `02:00:00:00:00:0${host}`;
}

function interfaceCounters(
  pid: number,
  name: string,
  headerBytes: number,
): ReturnType<End['counted']> {
  const line = readFileSync(`/proc/${pid}/net/dev`, 'utf8')
    .split('\n')
    .find((text) => text.trim().startsWith(`${name}:`));
  const counters = (line ?? '').split(':')[1]?.trim().split(/\s+/).map(Number) ?? [];
  const traffic = (at: number): Traffic => {
    const [bytes = 0, packets = 0] = counters.slice(at);
    return { bytes: bytes - packets * headerBytes, packets };
  };
  return { receive: traffic(0), transmit: traffic(8) };
}

/** These files contain pairs of lines, names and then values, each after the group and a colon. */
function statisticOf(pid: number, name: string): number {
  const [group = '', key = ''] = name.split('.');
  const lines = ['snmp', 'netstat'].flatMap((file) =>
    readFileSync(`/proc/${pid}/net/${file}`, 'utf8').split('\n'),
  );
  const [names = '', figures = ''] = lines.filter((line) => line.startsWith(`${group}:`));
  const at = names.split(' ').indexOf(key);
  if (at < 0) throw new Error(`no counter ${name}`);
  return Number(figures.split(' ')[at]);
}
