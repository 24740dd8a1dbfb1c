import type { Socket } from 'node:net';
import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { FilterError, flowFilter } from './filter.ts';
import { vigiaService } from './service.ts';
import type { ConnectionsRequest, FlowSnapshot, GrpcView } from './view.ts';

/** The part of the server that takes the gRPC library. */
export interface Answerer {
  /** Speaks gRPC on an accepted connection. */
  readonly take: (socket: Socket) => void;
  /** Takes no more calls, and resolves once those under way have ended. */
  readonly close: () => Promise<void>;
}

const OPTIONS = {
  /** A request is three short texts. */
  'grpc.max_receive_message_length': 64 * 1024,
  'grpc.max_concurrent_streams': 4,
  'grpc.max_connection_idle_ms': 60_000,
  'grpc.enable_channelz': 0,
} as const;

export function createAnswerer(view: GrpcView, onError: (err: unknown) => void): Answerer {
  const server = new Server(OPTIONS);
  server.addService(vigiaService, { listConnections: connectionsCall(view, onError) });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return {
    take: (socket) => injector.injectConnection(socket),
    close: () => new Promise((resolve) => server.tryShutdown(() => resolve())),
  };
}

function connectionsCall(
  view: GrpcView,
  onError: (err: unknown) => void,
): handleUnaryCall<ConnectionsRequest, FlowSnapshot> {
  return ({ request }, answer) => {
    try {
      const isWanted = flowFilter(request);
      const snapshot = view.snapshot();
      if (snapshot === undefined) {
        answer({ code: status.UNAVAILABLE, details: 'the tables have not been read yet' });
        return;
      }
      answer(null, { ...snapshot, flows: snapshot.flows.filter(isWanted) });
    } catch (err) {
      if (err instanceof FilterError) {
        answer({ code: status.INVALID_ARGUMENT, details: err.message });
        return;
      }
      onError(err);
      answer({ code: status.INTERNAL, details: 'the answer could not be made; the log says why' });
    }
  };
}
