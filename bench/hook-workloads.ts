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

/** Something that runs our programs often. */
export interface Workload {
  readonly what: string;
  readonly hooks: readonly Hook[];
  /** Above an empty program; the mean where it runs several hooks. */
  readonly barNs?: number;
  readonly run: () => Promise<unknown>;
}

const SWITCH_BAR_NS = 40;
const SAMPLE_BAR_NS = 30;
const PACKET_BAR_NS = 45;
/** A datagram is added to its flow as well. */
const DATAGRAM_BAR_NS = PACKET_BAR_NS + 5;
/** Of those whose peer is another one each time. */
const LOOKED_UP_BAR_NS = 90;
/** A query has its question read as well. */
const DNS_BAR_NS = 120;
const PACKET_HOOKS: readonly Hook[] = ['count_transmit', 'count_receive'];

/** Context switches between two cgroups, and between one and idleness. */
export function switching(here: string, there: string): Workload[] {
  const program = compiledProgram('switches');
  const hooks: readonly Hook[] = ['charge_slice'];
  return [
    {
      what: 'switch, two cgroups in turn',
      hooks,
      barNs: SWITCH_BAR_NS,
      run: () => runInside(here, [program, 'ping-pong', '100000', there]),
    },
    {
      what: 'switch, to and from idle: cold caches',
      hooks,
      run: () => runInside(here, [program, 'naps', '10000']),
    },
    {
      what: 'RandomX, threads of short slices',
      hooks: ['sample_fpu'],
      barNs: SAMPLE_BAR_NS,
      run: () => runInside(here, [program, 'ping-pong', '100000', there]),
    },
    {
      what: 'RandomX, threads that are looked at each time',
      hooks: ['sample_fpu'],
      run: () => runInside(here, [program, 'hogs', '1000']),
    },
  ];
}

/** Programs that are started, without arguments and with more than is read of them, and mappings. */
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
      what: 'mapping of a page',
      hooks: ['see_mapping'],
      run: () => runInside(here, [program, 'mappings', '200000']),
    },
  ];
}

/** Packets from one cgroup to the other: over a wire between two networks, and over loopback. */
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
      ...workload('packet, UDP of 64 bytes, connected', 'datagrams', 60_000),
      barNs: DATAGRAM_BAR_NS,
    },
    { ...workload('packet, UDP to peers in turn', 'scattered', 40_000), barNs: LOOKED_UP_BAR_NS },
    { ...workload('packet, DNS query and answer', 'queries', 20_000), barNs: DNS_BAR_NS },
    { ...workload('packet, TCP of 64 bytes to and fro', 'requests', 20_000), barNs: PACKET_BAR_NS },
    workload('packet, TCP stream: super-packets', 'stream', 4_000),
    {
      what: 'packet, UDP on loopback',
      hooks: PACKET_HOOKS,
      run: () => runInside(here, [...server.enter, program, ...loopback]),
    },
  ];
}
