import type { PeerClass } from './peer-class.ts';
import type { PeerIdentity } from './peer-identity.ts';

/** Who opened a connection or sent the first datagram: the pod, or its peer. */
export type Direction = 'outbound' | 'inbound';

/** `other`: what is neither, such as ICMP; it has no port. */
export const FLOW_PROTOCOLS = ['tcp', 'udp', 'other'] as const;
export type FlowProtocol = (typeof FLOW_PROTOCOLS)[number];

/**
 * All TCP connections, or all datagrams, between one container and one peer address at one service
 * port, since the first of them. Counters only grow while the flow is shown; bytes are payload, of
 * TCP each counted once. What is told of connections is zero or undefined for all but TCP.
 */
export interface Flow {
  readonly namespace: string;
  readonly pod: string;
  /** '' for what sits in the pod's own cgroup or beside its containers. */
  readonly container: string;
  readonly direction: Direction;
  /** Undefined for what sums up peers. */
  readonly protocol: FlowProtocol | undefined;
  /**
   * IPv4 or IPv6 as text, an IPv4 address in IPv6 as IPv4; '' sums up the peers that found no room
   * in the table or were evicted from it, whatever their direction and port.
   */
  readonly peerAddress: string;
  /** The container's own address of its latest connection; '' for what sums up peers. */
  readonly localAddress: string;
  /**
   * Where the latest packets really went, where that is another address or port and the translation
   * is in the container's own network namespace; else ''.
   */
  readonly reachedAddress: string;
  /** 0 where the address is ''. */
  readonly reachedPort: number;
  /** Who the peer is, where it is a pod of this node too. */
  readonly peer: FlowEnd | undefined;
  /** Who has the peer's address: of what was dialled and translated, a Service as a rule. */
  readonly peerIdentity: PeerIdentity | undefined;
  /** Who was reached in its place, where that is known. */
  readonly reachedIdentity: PeerIdentity | undefined;
  /** What the pod itself asked DNS for and was given this address, most recently. */
  readonly peerName: string | undefined;
  /** Undefined for what sums up peers. */
  readonly peerClass: PeerClass | undefined;
  /** The service's: the peer's where the pod opened, the pod's own where the peer did. */
  readonly port: number;
  readonly openNow: number;
  /** Connections that the pod tried to open. */
  readonly attempts: number;
  /** Connections that were established, whoever opened them. */
  readonly established: number;
  /** Attempts that ended before they were established. */
  readonly failures: number;
  readonly sent: FlowTraffic;
  readonly received: FlowTraffic;
  /** Segments sent again. */
  readonly retransmits: number;
  /** Mean of the smoothed round-trip times, one a connection; undefined before the first. */
  readonly rttSeconds: number | undefined;
  readonly minRttSeconds: number | undefined;
  /** Mean time from SYN to ESTABLISHED of those that the pod opened; undefined before the first. */
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
  /** Segments of TCP, or datagrams. */
  readonly segments: number;
}
