import type { Socket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { type handleUnaryCall, Server, ServerCredentials } from '@grpc/grpc-js';
import { callStatusOf, NO_SNAPSHOT } from './call-status.ts';
import { findingFilter } from './finding-filter.ts';
import { flowFilter } from './flow-filter.ts';
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
  /** Serves gRPC on an accepted connection. */
  readonly serve: (socket: Socket) => void;
  /** Accepts no more calls, ends watching calls, and resolves when the others have ended. */
  readonly close: () => Promise<void>;
}

const OPTIONS = {
  /** A request has only a few short strings. */
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
    serve: (socket) => injector.injectConnection(socket),
    close: () => {
      stop.abort();
      return new Promise((resolve) => server.tryShutdown(() => resolve()));
    },
  };
}

/** Validates the request first, so that an invalid one fails even without a snapshot. */
function connectionsIn(view: GrpcView, request: ConnectionsRequest): FlowSnapshot | undefined {
  const isWanted = flowFilter(request);
  const snapshot = view.connections();
  return snapshot && { ...snapshot, flows: snapshot.flows.filter(isWanted) };
}

/** A unary call. `pick` returns the response from the newest snapshot, or undefined if there is none. */
function listCall<Request, Answer>(
  pick: (request: Request) => Answer | undefined,
  onError: (err: unknown) => void,
): handleUnaryCall<Request, Answer> {
  return ({ request }, answer) => {
    try {
      const picked = pick(request);
      if (picked === undefined) answer(NO_SNAPSHOT);
      else answer(null, picked);
    } catch (err) {
      answer(callStatusOf(err, onError));
    }
  };
}

function findingsIn(view: GrpcView, request: FindingsRequest): FindingSnapshot | undefined {
  const isWanted = findingFilter(request);
  const snapshot = view.findings();
  return snapshot && { ...snapshot, findings: snapshot.findings.filter(isWanted) };
}
