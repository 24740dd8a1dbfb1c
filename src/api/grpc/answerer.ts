import type { Socket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { findingFilter } from './finding-filter.ts';
import { flowFilter } from './flow-filter.ts';
import { listCall } from './list-call.ts';
import { vigiaService } from './service.ts';
import type {
  ConnectionsRequest,
  FindingSnapshot,
  FindingsRequest,
  FlowSnapshot,
  GrpcView,
} from './view.ts';
import { watchCall } from './watch-call.ts';

/** The part of the server that needs the gRPC library. */
export interface Answerer {
  /** Speaks gRPC on an accepted connection. */
  readonly take: (socket: Socket) => void;
  /** Refuses new calls, ends watches, and resolves when all other calls have ended. */
  readonly close: () => Promise<void>;
}

const OPTIONS = {
  /** Requests are a few short texts. */
  'grpc.max_receive_message_length': 64 * 1024,
  'grpc.max_concurrent_streams': 4,
  'grpc.max_connection_idle_ms': 60_000,
  'grpc.enable_channelz': 0,
} as const;

export function createAnswerer(view: GrpcView, onError: (err: unknown) => void): Answerer {
  const server = new Server(OPTIONS);
  const stop = new AbortController();
  const pick = (request: FindingsRequest) => findingsIn(view, request);
  const isSame = (sent: FindingSnapshot, now: FindingSnapshot) =>
    isDeepStrictEqual(sent.findings, now.findings);
  const { watch } = view;
  server.addService(vigiaService, {
    listConnections: listCall((request) => connectionsIn(view, request), onError),
    listFindings: listCall(pick, onError),
    watchFindings: watchCall({ pick, isSame, watch, onError, signal: stop.signal }),
  });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return {
    take: (socket) => injector.injectConnection(socket),
    close: () => {
      stop.abort();
      return new Promise((resolve) => server.tryShutdown(() => resolve()));
    },
  };
}

/** Checks the request first, so that an invalid one is refused even without a snapshot. */
function connectionsIn(view: GrpcView, request: ConnectionsRequest): FlowSnapshot | undefined {
  const isWanted = flowFilter(request);
  const snapshot = view.connections();
  return snapshot && { ...snapshot, flows: snapshot.flows.filter(isWanted) };
}

function findingsIn(view: GrpcView, request: FindingsRequest): FindingSnapshot | undefined {
  const isWanted = findingFilter(request);
  const snapshot = view.findings();
  return snapshot && { ...snapshot, findings: snapshot.findings.filter(isWanted) };
}
