import type { FlowTraffic } from '../../src/core/flow/flow.ts';
import type { CgroupFlow } from '../scene/flow-rows.ts';
import type { Stage } from '../scene/stage.ts';
import type { Network } from './network.ts';
import type { Family, Peer, Socket } from './peer.ts';

/** Fields that do not exist for datagrams. */
export const NO_CONNECTION = {
  openNow: 0,
  attempts: 0,
  established: 0,
  failures: 0,
  retransmits: 0,
  rttSeconds: undefined,
  connectSeconds: undefined,
} as const;

export const NO_DATAGRAM: FlowTraffic = { bytes: 0, segments: 0 };

/** A socket at a service port. */
export interface Service {
  readonly socket: Socket;
  readonly address: string;
  readonly port: number;
}

let lastPort = 5000;

/** A port that the kernel assigns only on request. */
export function freshPort(): number {
  return ++lastPort;
}

export async function serve(
  peer: Peer,
  address: string,
  port: number = freshPort(),
): Promise<Service> {
  const socket = await peer.socket('udp', address.includes(':') ? 6 : 4);
  await socket.bind(address, port);
  return { socket, address, port };
}

/** All flows with a peer, by peer address, then by port. */
export function datagramFlows(
  { scene }: Pick<Stage, 'scene'>,
  { cgroup }: Pick<Peer, 'cgroup'>,
): CgroupFlow[] {
  const inOrder = (a: CgroupFlow, b: CgroupFlow) =>
    a.peerAddress === b.peerAddress ? a.port - b.port : a.peerAddress < b.peerAddress ? -1 : 1;
  return scene.flowsOf(cgroup).sort(inOrder);
}

/** Adds addresses to the east end, and returns them as sorted texts. */
export function eastAddresses({ east }: Network, family: Family, count: number): string[] {
  const more = Array.from({ length: count - 1 }, (_, i) => {
    const address = east.addresses[family].replace(/\d+$/, String(20 + i));
    const prefix = family === 4 ? '/24' : '/64';
    const isReady = family === 4 ? '' : ' nodad';
    east.run(`ip address replace ${address}${prefix} dev ${east.interface}${isReady}`);
    return address;
  });
  return [east.addresses[family], ...more].sort();
}
