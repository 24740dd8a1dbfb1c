import type { MethodDefinition } from '@grpc/grpc-js';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from './messages.ts';
import type { ConnectionsRequest, FlowSnapshot } from './view.ts';

/** The service of proto/vigia/v1/vigia.proto, spoken in the types of the view. */
export const vigiaService: {
  readonly listConnections: MethodDefinition<ConnectionsRequest, FlowSnapshot>;
} = {
  listConnections: {
    path: '/vigia.v1.Vigia/ListConnections',
    requestStream: false,
    responseStream: false,
    requestSerialize: encodeRequest,
    requestDeserialize: decodeRequest,
    responseSerialize: encodeResponse,
    responseDeserialize: decodeResponse,
  },
};
