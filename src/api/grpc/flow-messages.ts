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

/** A flow in the wire format: enums are numbers, counters are exact up to 2^53. */
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
/** The enum PeerClass, starting with number 1. Append new values at the end. */
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
 * A ListConnectionsResponse with undecoded connections; the wire format is the same. As objects of
 * protobufjs, 65,536 connections take 90 MB, more than the heap has.
 */
const envelope = new protobuf.Type('Envelope')
  .add(new protobuf.Field('nodeName', 1, 'string'))
  .add(new protobuf.Field('snapshotSeconds', 2, 'double'))
  .add(new protobuf.Field('connections', 3, 'bytes', 'repeated'));
root.add(envelope);
/** Field 3, length-delimited. */
const CONNECTION_TAG = (3 << 3) | 2;

export function encodeFlowRequest(fields: ConnectionsRequest): Buffer {
  return request.encode(fields).finish() as Buffer;
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
    const fields = { direction, protocol, peerClass, peerIdentity, reachedIdentity };
    const message = { ...flow, ...fields };
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
  const fields = connection.toObject(connection.decode(bytes), CONVERSION) as Connection;
  const { protocol, direction: code } = fields;
  const direction = code === DIRECTIONS.inbound ? 'inbound' : 'outbound';
  if (DIRECTIONS[direction] !== code || protocol > FLOW_PROTOCOLS.length)
    throw new MessageError(
      `unknown direction ${code} or protocol ${protocol}: client and daemon differ in version`,
    );
  return {
    namespace: fields.namespace,
    pod: fields.pod,
    container: fields.container,
    direction,
    protocol: FLOW_PROTOCOLS[protocol - 1],
    peerAddress: fields.peerAddress,
    localAddress: fields.localAddress,
    reachedAddress: fields.reachedAddress,
    reachedPort: fields.reachedPort,
    peer: fields.peer ?? undefined,
    peerIdentity: identityOf(fields.peerIdentity),
    reachedIdentity: identityOf(fields.reachedIdentity),
    peerName: fields.peerName || undefined,
    // A class that this version does not know is treated as absent.
    peerClass: PEER_CLASSES[fields.peerClass - 1],
    port: fields.port,
    openNow: fields.openNow,
    attempts: fields.attempts,
    established: fields.established,
    failures: fields.failures,
    sent: fields.sent ?? NO_TRAFFIC,
    received: fields.received ?? NO_TRAFFIC,
    retransmits: fields.retransmits,
    rttSeconds: fields.rttSeconds,
    minRttSeconds: fields.minRttSeconds,
    connectSeconds: fields.connectSeconds,
    firstSeenSeconds: fields.firstSeenSeconds,
    lastSeenSeconds: fields.lastSeenSeconds,
  };
}

function identityMessage(identity: PeerIdentity | undefined): Identity | undefined {
  return identity && { ...identity, kind: 1 + PEER_KINDS.indexOf(identity.kind) };
}

/** A kind that this version does not know is treated as absent. */
function identityOf(fields: Identity | null): PeerIdentity | undefined {
  const kind = PEER_KINDS[(fields?.kind ?? 0) - 1];
  return fields && kind ? { ...fields, kind } : undefined;
}
