import { runInside, startInside } from '../lab/process/process.ts';
import { compiledProgram } from './compiled.ts';
import { openNetworks } from './networks.ts';

export type Hook =
  | 'charge_slice'
  | 'sample_fpu'
  | 'see_exec'
  | 'see_mapping'
  | 'count_transmit'
  | 'count_receive';

/** Activity that runs Vigia's programs often. */
export interface Workload {
  readonly what: string;
  readonly hooks: readonly Hook[];
  /** Above an empty program. For several hooks, the mean. */
  readonly limitNs?: number;
  readonly run: () => Promise<unknown>;
}

const SWITCH_LIMIT_NS = 40;
const SAMPLE_LIMIT_NS = 30;
const PACKET_LIMIT_NS = 45;
/** A datagram is also added to its flow. */
const DATAGRAM_LIMIT_NS = PACKET_LIMIT_NS + 5;
/** For packets to a different peer each time. */
const LOOKED_UP_LIMIT_NS = 90;
/** The question of a query is also parsed. */
const DNS_LIMIT_NS = 120;
const PACKET_HOOKS: readonly Hook[] = ['count_transmit', 'count_receive'];

/** Context switches between two cgroups, and from and to idle. */
export function switching(here: string, there: string): Workload[] {
  const program = compiledProgram('switches');
  const hooks: readonly Hook[] = ['charge_slice'];
  return [
    {
      what: 'context switch, between two cgroups',
      hooks,
      limitNs: SWITCH_LIMIT_NS,
      run: () => runInside(here, [program, 'ping-pong', '100000', there]),
    },
    {
      what: 'context switch, from and to idle (cold caches)',
      hooks,
      run: () => runInside(here, [program, 'naps', '10000']),
    },
    {
      what: 'RandomX sample, short slices',
      hooks: ['sample_fpu'],
      limitNs: SAMPLE_LIMIT_NS,
      run: () => runInside(here, [program, 'ping-pong', '100000', there]),
    },
    {
      what: 'RandomX sample, at each switch',
      hooks: ['sample_fpu'],
      run: () => runInside(here, [program, 'hogs', '1000']),
    },
  ];
}

/** Starts of programs, without arguments and with more than Vigia reads, and mappings. */
export function starting(here: string): Workload[] {
  const program = compiledProgram('starts');
  return [
    {
      what: 'exec, without arguments',
      hooks: ['see_exec'],
      run: () => runInside(here, [program, 'programs', '1500', '0']),
    },
    {
      what: 'exec, 1 kB of arguments',
      hooks: ['see_exec'],
      run: () => runInside(here, [program, 'programs', '1500', '1024']),
    },
    {
      what: 'mapping, one page',
      hooks: ['see_mapping'],
      run: () => runInside(here, [program, 'mappings', '200000']),
    },
  ];
}

/** Packets between two cgroups, over a veth pair and over loopback. */
export async function talking(
  stack: AsyncDisposableStack,
  here: string,
  there: string,
): Promise<Workload[]> {
  const program = compiledProgram('packets');
  const { client, server } = stack.use(openNetworks());
  const serve = async (address: string) => {
    const receiver = await startInside(there, [...server.enter, program, 'receive', address]);
    stack.use(receiver);
    await receiver.prints('ready');
  };
  await serve(server.address);
  await serve('127.0.0.1');
  const workload = (what: string, traffic: string, count: number): Workload => ({
    what,
    hooks: PACKET_HOOKS,
    run: () => runInside(here, [...client.enter, program, traffic, server.address, String(count)]),
  });
  const loopback = ['datagrams', '127.0.0.1', '60000'];
  return [
    {
      ...workload('packet, UDP of 64 bytes, connected socket', 'datagrams', 60_000),
      limitNs: DATAGRAM_LIMIT_NS,
    },
    {
      ...workload('packet, UDP to changing peers', 'scattered', 40_000),
      limitNs: LOOKED_UP_LIMIT_NS,
    },
    { ...workload('packet, DNS query or answer', 'queries', 20_000), limitNs: DNS_LIMIT_NS },
    {
      ...workload('packet, TCP of 64 bytes, request or reply', 'requests', 20_000),
      limitNs: PACKET_LIMIT_NS,
    },
    workload('packet, TCP stream (super-packets)', 'stream', 4_000),
    {
      what: 'packet, UDP on loopback',
      hooks: PACKET_HOOKS,
      run: () => runInside(here, [...server.enter, program, ...loopback]),
    },
  ];
}
