import protobuf from 'protobufjs/light.js';
import {
  type Direction,
  FLOW_PROTOCOLS,
  type Flow,
  type FlowEnd,
  type FlowTraffic,
} from '../../core/flow/flow.ts';
import type { PeerClass } from '../../core/flow/peer-class.ts';
import { PEER_KINDS, type PeerIdentity } from '../../core/flow/peer-identity.ts';
import { CONVERSION, MessageError, messageType, root } from './proto.ts';
import type { ConnectionsRequest, FlowSnapshot } from './view.ts';

/** A flow as the wire has it: enums are numbers, counters are exact up to 2^53. */
interface Connection extends Omit<Flow, Translated> {
  readonly direction: number;
  readonly protocol: number;
  readonly sent: FlowTraffic | null;
  readonly received: FlowTraffic | null;
  readonly rttSeconds?: number;
  readonly minRttSeconds?: number;
  readonly connectSeconds?: number;
  readonly peer: FlowEnd | null;
  readonly peerIdentity: Identity | null;
  readonly reachedIdentity: Identity | null;
  readonly peerName: string;
  readonly peerClass: number;
}

type Translated =
  | 'direction'
  | 'protocol'
  | 'sent'
  | 'received'
  | 'rttSeconds'
  | 'minRttSeconds'
  | 'connectSeconds'
  | 'peer'
  | 'peerIdentity'
  | 'reachedIdentity'
  | 'peerName'
  | 'peerClass';

interface Identity extends Omit<PeerIdentity, 'kind'> {
  readonly kind: number;
}

interface Envelope {
  readonly nodeName: string;
  readonly snapshotSeconds: number;
  readonly connections: readonly Uint8Array[];
}

const DIRECTIONS: Readonly<Record<Direction, number>> = { outbound: 1, inbound: 2 };
/** Enum PeerClass; by index. Newer ones come last. */
const PEER_CLASSES: readonly PeerClass[] = [
  'node',
  'cluster',
  'private',
  'internet',
  'zone',
  'region',
];
const NO_TRAFFIC: FlowTraffic = { bytes: 0, segments: 0 };

const request = messageType('ListConnectionsRequest');
const connection = messageType('Connection');

/**
 * A ListConnectionsResponse whose connections are bytes still, which the wire does not tell apart:
 * 65,536 of them as objects of protobufjs are 90 MB, more than all of the heap.
 */
const envelope = new protobuf.Type('Envelope')
  .add(new protobuf.Field('nodeName', 1, 'string'))
  .add(new protobuf.Field('snapshotSeconds', 2, 'double'))
  .add(new protobuf.Field('connections', 3, 'bytes', 'repeated'));
root.add(envelope);
/** Field 3, delimited by its length. */
const CONNECTION_TAG = (3 << 3) | 2;

export function encodeFlowRequest(asked: ConnectionsRequest): Buffer {
  return request.encode(asked).finish() as Buffer;
}

export function decodeFlowRequest(bytes: Uint8Array): ConnectionsRequest {
  return request.toObject(request.decode(bytes), CONVERSION);
}

export function encodeFlows({ nodeName, wallMs, flows }: FlowSnapshot): Buffer {
  const writer = envelope.encode({ nodeName, snapshotSeconds: wallMs / 1000 });
  for (const flow of flows) {
    const direction = DIRECTIONS[flow.direction];
    const peerClass = flow.peerClass ? 1 + PEER_CLASSES.indexOf(flow.peerClass) : 0;
    const protocol = flow.protocol ? 1 + FLOW_PROTOCOLS.indexOf(flow.protocol) : 0;
    const [peerIdentity, reachedIdentity] = [
      identityMessage(flow.peerIdentity),
      identityMessage(flow.reachedIdentity),
    ];
    const told = { direction, protocol, peerClass, peerIdentity, reachedIdentity };
    const message = { ...flow, ...told };
    connection.encode(message, writer.uint32(CONNECTION_TAG).fork()).ldelim();
  }
  return writer.finish() as Buffer;
}

export function decodeFlows(bytes: Uint8Array): FlowSnapshot {
  const message = envelope.toObject(envelope.decode(bytes), CONVERSION) as Envelope;
  const { nodeName, snapshotSeconds, connections } = message;
  return { nodeName, wallMs: Math.round(snapshotSeconds * 1000), flows: connections.map(flowOf) };
}

function flowOf(bytes: Uint8Array): Flow {
  const told = connection.toObject(connection.decode(bytes), CONVERSION) as Connection;
  const { protocol, direction: code } = told;
  const direction = code === DIRECTIONS.inbound ? 'inbound' : 'outbound';
  if (DIRECTIONS[direction] !== code || protocol > FLOW_PROTOCOLS.length)
    throw new MessageError(`direction ${code}, protocol ${protocol}: not of this version`);
  return {
    namespace: told.namespace,
    pod: told.pod,
    container: told.container,
    direction,
    protocol: FLOW_PROTOCOLS[protocol - 1],
    peerAddress: told.peerAddress,
    localAddress: told.localAddress,
    reachedAddress: told.reachedAddress,
    reachedPort: told.reachedPort,
    peer: told.peer ?? undefined,
    peerIdentity: identityOf(told.peerIdentity),
    reachedIdentity: identityOf(told.reachedIdentity),
    peerName: told.peerName || undefined,
    // One that this version does not know is as good as none.
    peerClass: PEER_CLASSES[told.peerClass - 1],
    port: told.port,
    openNow: told.openNow,
    attempts: told.attempts,
    established: told.established,
    failures: told.failures,
    sent: told.sent ?? NO_TRAFFIC,
    received: told.received ?? NO_TRAFFIC,
    retransmits: told.retransmits,
    rttSeconds: told.rttSeconds,
    minRttSeconds: told.minRttSeconds,
    connectSeconds: told.connectSeconds,
    firstSeenSeconds: told.firstSeenSeconds,
    lastSeenSeconds: told.lastSeenSeconds,
  };
}

function identityMessage(identity: PeerIdentity | undefined): Identity | undefined {
  return identity && { ...identity, kind: 1 + PEER_KINDS.indexOf(identity.kind) };
}

/** One of a kind that this version does not know is as good as none. */
function identityOf(told: Identity | null): PeerIdentity | undefined {
  const kind = PEER_KINDS[(told?.kind ?? 0) - 1];
  return told && kind ? { ...told, kind } : undefined;
}
