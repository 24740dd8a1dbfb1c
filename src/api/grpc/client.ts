import { Client, credentials, type MethodDefinition, type ServiceError } from '@grpc/grpc-js';
import { type Asking, explainedError, silence } from './call-error.ts';
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
  asking: Asking,
  request: ConnectionsRequest,
  signal: AbortSignal,
): Promise<FlowSnapshot> {
  return ask(vigiaService.listConnections, { ...asking, request, signal });
}

/** Lists the daemon's mining findings. */
export function listFindings(
  asking: Asking,
  request: FindingsRequest,
  signal: AbortSignal,
): Promise<FindingSnapshot> {
  return ask(vigiaService.listFindings, { ...asking, request, signal });
}

/** Yields the findings now and at every change. Throws when aborted, or when the daemon stops. */
export function watchFindings(
  asking: Asking,
  request: FindingsRequest,
  signal: AbortSignal,
): AsyncGenerator<FindingSnapshot> {
  return follow(vigiaService.watchFindings, { ...asking, request, signal });
}

interface Asked<Request> extends Asking {
  readonly request: Request;
  readonly signal: AbortSignal;
}

async function ask<Request, Answer>(
  method: MethodDefinition<Request, Answer>,
  asked: Asked<Request>,
): Promise<Answer> {
  asked.signal.throwIfAborted();
  const client = clientOf(asked);
  try {
    return await call(client, method, asked);
  } catch (err) {
    asked.signal.throwIfAborted();
    throw await explainedError(err as ServiceError, asked);
  } finally {
    client.close();
  }
}

function call<Request, Answer>(
  client: Client,
  { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Answer>,
  { request, signal, timeoutMs }: Asked<Request>,
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
  asked: Asked<Request>,
): AsyncGenerator<Answer> {
  const { signal, timeoutMs } = asked;
  signal.throwIfAborted();
  const client = clientOf(asked);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const either = AbortSignal.any([signal, late.signal]);
  try {
    for await (const answer of answers(client, method, { ...asked, signal: either })) {
      clearTimeout(timer);
      yield answer;
    }
  } catch (err) {
    signal.throwIfAborted();
    if (late.signal.aborted) throw silence(timeoutMs, err);
    throw await explainedError(err as ServiceError, asked);
  } finally {
    clearTimeout(timer);
    client.close();
  }
}

async function* answers<Request, Answer>(
  client: Client,
  { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Answer>,
  { request, signal }: Asked<Request>,
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

function clientOf({ socketPath }: Pick<Asked<unknown>, 'socketPath'>): Client {
  return new Client(`unix://${socketPath}`, credentials.createInsecure(), OPTIONS);
}
