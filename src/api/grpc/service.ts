import type { MethodDefinition } from '@grpc/grpc-js';
import {
  decodeFindingRequest,
  decodeFindings,
  encodeFindingRequest,
  encodeFindings,
} from './finding-messages.ts';
import { decodeFlowRequest, decodeFlows, encodeFlowRequest, encodeFlows } from './flow-messages.ts';
import type { ConnectionsRequest, FindingSnapshot, FindingsRequest, FlowSnapshot } from './view.ts';

type Coding<Request, Answer> = Omit<
  MethodDefinition<Request, Answer>,
  'path' | 'requestStream' | 'responseStream'
>;

const flows: Coding<ConnectionsRequest, FlowSnapshot> = {
  requestSerialize: encodeFlowRequest,
  requestDeserialize: decodeFlowRequest,
  responseSerialize: encodeFlows,
  responseDeserialize: decodeFlows,
};

const findings: Coding<FindingsRequest, FindingSnapshot> = {
  requestSerialize: encodeFindingRequest,
  requestDeserialize: decodeFindingRequest,
  responseSerialize: encodeFindings,
  responseDeserialize: decodeFindings,
};

/** The service of proto/vigia/v1/vigia.proto, in the types of view.ts. */
export const vigiaService: {
  readonly listConnections: MethodDefinition<ConnectionsRequest, FlowSnapshot>;
  readonly listFindings: MethodDefinition<FindingsRequest, FindingSnapshot>;
  readonly watchFindings: MethodDefinition<FindingsRequest, FindingSnapshot>;
} = {
  listConnections: method('ListConnections', flows),
  listFindings: method('ListFindings', findings),
  watchFindings: { ...method('WatchFindings', findings), responseStream: true },
};

function method<Request, Answer>(
  name: string,
  coding: Coding<Request, Answer>,
): MethodDefinition<Request, Answer> {
  const path = `/vigia.v1.Vigia/${name}`;
  return { path, requestStream: false, responseStream: false, ...coding };
}
