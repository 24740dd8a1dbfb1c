import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface FetchOptions {
  /** The source address, on loopback. */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * TLS options: the client's certificate and trusted authorities; by default any server is
   * trusted.
   */
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  /** Timeout for the complete response. */
  readonly patienceMs?: number;
}

export interface Answered {
  /** 0 if there was no response in time. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly ms: number;
}

/** Sends a request over a new connection, and waits for the complete response. */
export async function fetchHttp(
  url: string,
  path: string,
  fetchOptions: FetchOptions = {},
): Promise<Answered> {
  const { from, patienceMs = 10_000, headers = {}, ...identity } = fetchOptions;
  const beganMs = performance.now();
  const tls = { ...identity, rejectUnauthorized: identity.ca !== undefined };
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const options = { agent: false, headers, ...(from && { localAddress: from }), ...tls } as const;
  return await new Promise((resolve) => {
    const end = (status: number, text = '', answered: IncomingHttpHeaders = {}) => {
      clearTimeout(late);
      resolve({ status, text, headers: answered, ms: performance.now() - beganMs });
    };
    const sent = send(url + path, options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      answer.once('end', () => end(answer.statusCode ?? 0, text, answer.headers));
      answer.once('error', () => end(0));
    });
    const late = setTimeout(() => sent.destroy(new Error('late')), patienceMs);
    sent.once('error', () => end(0)).end();
  });
}
