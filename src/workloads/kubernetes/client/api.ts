import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { canonicalAddress } from '../../../core/flow/address.ts';
import { at, nameAt, parsed } from '../objects/json.ts';

/** A failed call to the Kubernetes API. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; undefined without a response. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/** Address and credentials of the API. */
export interface ApiAccess {
  readonly server: string;
  /** Certificates, agent and headers for one request. Credentials expire, so they are re-read. */
  readonly authorize: () => Promise<RequestOptions>;
}

export interface ApiRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The connection is closed after this time without data. */
  readonly idleMs: number;
  /** Object to create; without it the request is a GET. */
  readonly body?: object;
}

/** A response as a stream. */
export interface ApiAnswer {
  readonly body: AsyncIterable<string>;
  /** The server's end of the connection. */
  readonly from: { readonly address: string; readonly port: number };
}

const ANSWER_MS = 30_000;
const PROBE_MS = 30_000;
/** Longest part of an error response that is read. */
const LONGEST_ERROR = 4096;

/** Sends a request, and resolves with the start of the response. */
export async function sendRequest(
  { server, authorize }: ApiAccess,
  { path, query, idleMs, body }: ApiRequest,
  signal: AbortSignal,
): Promise<ApiAnswer> {
  const url = new URL(server.replace(/\/$/, '') + path);
  for (const [name, text] of Object.entries(query)) url.searchParams.set(name, text);
  const options = { ...(await authorize()), signal, timeout: idleMs };
  const answer = await begun(url, options, { idleMs, ...(body && { text: JSON.stringify(body) }) });
  answer.setEncoding('utf8');
  const { statusCode = 0, socket } = answer;
  if (statusCode !== 200 && statusCode !== 201)
    throw new ApiError(await refusalIn(answer, url), statusCode);
  const from = {
    address: canonicalAddress(socket.remoteAddress ?? ''),
    port: socket.remotePort ?? 0,
  };
  return { body: answer as AsyncIterable<string>, from };
}

/** Sends a request, and resolves with the whole response, of at most `longest` characters. */
export async function requestJson(
  access: ApiAccess,
  request: ApiRequest & { readonly longest: number },
  signal: AbortSignal,
): Promise<unknown> {
  const { path, longest } = request;
  const answer = await sendRequest(access, request, signal);
  let text = '';
  for await (const piece of answer.body) {
    text += piece;
    if (text.length > longest)
      throw new ApiError(`${path}: the response is longer than ${longest} characters`);
  }
  const json = parsed(text);
  if (json === undefined) throw new ApiError(`${path}: the response is not JSON`);
  return json;
}

function begun(
  url: URL,
  options: RequestOptions,
  { idleMs, text }: { readonly idleMs: number; readonly text?: string },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, { ...options, method: text === undefined ? 'GET' : 'POST' });
    if (text !== undefined) request.setHeader('content-type', 'application/json');
    let answer: IncomingMessage | undefined;
    const silent = (ms: number) =>
      (answer ?? request).destroy(new ApiError(`${url.host}: no data for ${ms / 1000} s`));
    const late = setTimeout(silent, ANSWER_MS, ANSWER_MS);
    request.once('socket', (socket) => socket.setKeepAlive(true, PROBE_MS));
    request.setTimeout(idleMs, () => silent(idleMs));
    request.once('response', (response) => {
      answer = response;
      resolve(response);
    });
    request.on('error', reject);
    const settle = () => clearTimeout(late);
    request.once('response', settle).once('close', settle);
    request.end(text);
  });
}

/** The reason in an error response, which usually is a Status object. */
async function refusalIn(answer: IncomingMessage, { pathname }: URL): Promise<string> {
  let text = '';
  for await (const piece of answer) {
    text += piece;
    if (text.length > LONGEST_ERROR) break;
  }
  const message = /"message":\s*"((?:[^"\\]|\\.){1,500})"/.exec(text)?.[1];
  return `${pathname}: ${message ?? `HTTP ${answer.statusCode}`}`;
}

/** The error in a Status object that ends a watch. */
export function errorIn(status: unknown): ApiError {
  const code = at(status, 'code');
  const message = nameAt(status, 'message') || 'the watch ended with an error';
  return new ApiError(message, typeof code === 'number' ? code : undefined);
}
