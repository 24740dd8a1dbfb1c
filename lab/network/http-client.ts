import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Asking {
  /** An address of loopback to ask from. */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of TLS: who the client is, and whom it believes; anyone unless told. */
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  /** How long it waits for all of the answer. */
  readonly patienceMs?: number;
}

export interface Answered {
  /** 0 where there was no answer in time. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly ms: number;
}

/** Asks over a connection of its own, and waits for the whole answer. */
export async function askHttp(url: string, path: string, asking: Asking = {}): Promise<Answered> {
  const { from, patienceMs = 10_000, headers = {}, ...identity } = asking;
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
