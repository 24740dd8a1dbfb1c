import { Client, credentials, type MethodDefinition, type ServiceError } from '@grpc/grpc-js';
import { type CallTarget, explainedError, silence } from './call-error.ts';
import { vigiaService } from './service.ts';
import type { ConnectionsRequest, FindingSnapshot, FindingsRequest, FlowSnapshot } from './view.ts';

const OPTIONS = {
  /** 65,536 connections with the longest names take 40 MB. */
  'grpc.max_receive_message_length': 64 * 1024 ** 2,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_channelz': 0,
} as const;

/** Lists the daemon's connections. Throws the signal's reason if aborted. */
export function listConnections(
  target: CallTarget,
  request: ConnectionsRequest,
  signal: AbortSignal,
): Promise<FlowSnapshot> {
  return callOnce(vigiaService.listConnections, { ...target, request, signal });
}

/** Lists the daemon's mining findings. */
export function listFindings(
  target: CallTarget,
  request: FindingsRequest,
  signal: AbortSignal,
): Promise<FindingSnapshot> {
  return callOnce(vigiaService.listFindings, { ...target, request, signal });
}

/** Yields the findings now and at every change. Throws when aborted, or when the daemon stops. */
export function watchFindings(
  target: CallTarget,
  request: FindingsRequest,
  signal: AbortSignal,
): AsyncGenerator<FindingSnapshot> {
  return follow(vigiaService.watchFindings, { ...target, request, signal });
}

interface CallOptions<Request> extends CallTarget {
  readonly request: Request;
  readonly signal: AbortSignal;
}

async function callOnce<Request, Answer>(
  method: MethodDefinition<Request, Answer>,
  options: CallOptions<Request>,
): Promise<Answer> {
  options.signal.throwIfAborted();
  const client = clientOf(options);
  try {
    return await call(client, method, options);
  } catch (err) {
    options.signal.throwIfAborted();
    throw await explainedError(err as ServiceError, options);
  } finally {
    client.close();
  }
}

function call<Request, Answer>(
  client: Client,
  { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Answer>,
  { request, signal, timeoutMs }: CallOptions<Request>,
): Promise<Answer> {
  const deadline = Date.now() + timeoutMs;
  return new Promise((resolve, reject) => {
    const running = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      { deadline },
      (err, answer) => {
        signal.removeEventListener('abort', cancel);
        if (answer === undefined) reject(err);
        else resolve(answer);
      },
    );
    const cancel = () => running.cancel();
    signal.addEventListener('abort', cancel, { once: true });
  });
}

/** The timeout applies to the first response only: the next one may be hours away. */
async function* follow<Request, Answer>(
  method: MethodDefinition<Request, Answer>,
  options: CallOptions<Request>,
): AsyncGenerator<Answer> {
  const { signal, timeoutMs } = options;
  signal.throwIfAborted();
  const client = clientOf(options);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const either = AbortSignal.any([signal, late.signal]);
  try {
    for await (const answer of answers(client, method, { ...options, signal: either })) {
      clearTimeout(timer);
      yield answer;
    }
  } catch (err) {
    signal.throwIfAborted();
    if (late.signal.aborted) throw silence(timeoutMs, err);
    throw await explainedError(err as ServiceError, options);
  } finally {
    clearTimeout(timer);
    client.close();
  }
}

async function* answers<Request, Answer>(
  client: Client,
  { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Answer>,
  { request, signal }: CallOptions<Request>,
): AsyncGenerator<Answer> {
  const stream = client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request,
  );
  // A call that the client itself cancels ends with an error; ignore it.
  stream.on('error', () => {});
  const cancel = () => stream.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    yield* stream as AsyncIterable<Answer>;
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}

function clientOf({ socketPath }: Pick<CallOptions<unknown>, 'socketPath'>): Client {
  return new Client(`unix://${socketPath}`, credentials.createInsecure(), OPTIONS);
}
