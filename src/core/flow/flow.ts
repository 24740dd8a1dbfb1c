import type { PeerClass } from './peer-class.ts';
import type { PeerIdentity } from './peer-identity.ts';

/** The side that opened the connection or sent the first datagram. */
export type Direction = 'outbound' | 'inbound';

/** `other`: neither TCP nor UDP, such as ICMP. It has no port. */
export const FLOW_PROTOCOLS = ['tcp', 'udp', 'other'] as const;
export type FlowProtocol = (typeof FLOW_PROTOCOLS)[number];

/**
 * All TCP connections, or all datagrams, between one container and one peer address at one service
 * port, since the first of them. Counters only grow while the flow is shown. Bytes are payload, for
 * TCP each byte once. Figures of connections are zero or undefined except for TCP.
 */
export interface Flow {
  readonly namespace: string;
  readonly pod: string;
  /** '' for processes in the pod's own cgroup or beside its containers. */
  readonly container: string;
  readonly direction: Direction;
  /** Undefined for the sum of peers. */
  readonly protocol: FlowProtocol | undefined;
  /**
   * IPv4 or IPv6 as text; IPv4-mapped IPv6 as IPv4. '' for the sum of the peers without a row or
   * with an evicted row, of any direction and port.
   */
  readonly peerAddress: string;
  /** The container's own address in its latest connection; '' for the sum of peers. */
  readonly localAddress: string;
  /**
   * The actual destination of the latest packets, if it differs from the peer and the address is
   * translated in the container's own network namespace; otherwise ''.
   */
  readonly reachedAddress: string;
  /** 0 if the address is ''. */
  readonly reachedPort: number;
  /** The peer's pod, if it is on this node. */
  readonly peer: FlowEnd | undefined;
  /** Owner of the peer's address. If the dialed address was translated, usually a Service. */
  readonly peerIdentity: PeerIdentity | undefined;
  /** The peer actually reached, if the address was translated and the peer is known. */
  readonly reachedIdentity: PeerIdentity | undefined;
  /** The name that the pod itself most recently resolved to this address. */
  readonly peerName: string | undefined;
  /** Undefined for the sum of peers. */
  readonly peerClass: PeerClass | undefined;
  /** The service's port: the peer's if the pod opened the flow, otherwise the pod's own. */
  readonly port: number;
  readonly openNow: number;
  /** Connection attempts of the pod. */
  readonly attempts: number;
  /** Established connections, opened by either side. */
  readonly established: number;
  /** Attempts that ended before they were established. */
  readonly failures: number;
  readonly sent: FlowTraffic;
  readonly received: FlowTraffic;
  /** Retransmitted segments. */
  readonly retransmits: number;
  /** Mean of the smoothed round-trip times, one per connection; undefined before the first. */
  readonly rttSeconds: number | undefined;
  readonly minRttSeconds: number | undefined;
  /**
   * Mean time from SYN to ESTABLISHED of connections that the pod opened; undefined before the
   * first.
   */
  readonly connectSeconds: number | undefined;
  /** Unix time. */
  readonly firstSeenSeconds: number;
  readonly lastSeenSeconds: number;
}

/** One end of a flow, by name. */
export interface FlowEnd {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface FlowTraffic {
  readonly bytes: number;
  /** TCP segments or datagrams. */
  readonly segments: number;
}
