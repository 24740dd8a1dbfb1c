import type { RefusalReason } from '../../../core/self/http-counts.ts';

/** The response to a refused request. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly status: string;
  readonly text: string;
  /** Additional header lines. */
  readonly headers?: readonly string[];
}

type Known = 'notHttp' | 'tooLarge' | 'method' | 'places';

export const REFUSALS: Readonly<Record<Known, Refusal>> = {
  notHttp: {
    reason: 'malformed',
    status: '400 Bad Request',
    text: 'bad request: this port serves HTTP/1.1\n',
  },
  tooLarge: {
    reason: 'malformed',
    status: '431 Request Header Fields Too Large',
    text: 'bad request: the headers exceed 8 KiB\n',
  },
  method: {
    reason: 'method',
    status: '405 Method Not Allowed',
    text: 'only GET and HEAD are allowed\n',
    headers: ['allow: GET, HEAD'],
  },
  places: {
    reason: 'places',
    status: '503 Service Unavailable',
    text: 'all connections allowed for your address are in use\n',
    headers: ['retry-after: 1'],
  },
};

/** The refusal of an address that sends too many requests. */
export function tooManyRequests(waitMs: number): Refusal {
  return {
    reason: 'rate',
    status: '429 Too Many Requests',
    text: 'too many requests from your address\n',
    headers: [`retry-after: ${Math.ceil(waitMs / 1000)}`],
  };
}

/** A complete plain text response that closes the connection. */
export function plainAnswer(answer: Omit<Refusal, 'reason'>, hasBody = true): Buffer {
  const { status, text, headers = [] } = answer;
  const lines = [
    `HTTP/1.1 ${status}`,
    'content-type: text/plain; charset=utf-8',
    `content-length: ${Buffer.byteLength(text)}`,
    'x-content-type-options: nosniff',
    'cache-control: no-store',
    'connection: close',
    ...headers,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${hasBody ? text : ''}`);
}
