const LF = 0x0a;
const CR = 0x0d;

/** The parts of a request that the gate needs. */
export interface RequestLine {
  readonly method: string;
  /** As sent, including the query. */
  readonly target: string;
}

const REQUEST_LINE = /^([!#$%&'*+.^_`|~\w-]+) (\S+) HTTP\/1\.[01]$/;
/** Longer than any request line of a normal client. The HTTP server has its own limit. */
const LINE_BYTES = 8192;

/** Index of the end of the request head, including its empty line, searching from `from` on; or -1. */
export function endOfHead(bytes: Buffer, from = 0): number {
  for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

/** Index of the start of the request. RFC 9112, 2.2 allows empty lines before it. */
export function startOfHead(bytes: Buffer): number {
  let at = 0;
  while (bytes[at] === CR || bytes[at] === LF) at++;
  return at;
}

/** Undefined if it is not HTTP/1. */
export function requestLineOf(head: Buffer): RequestLine | undefined {
  const end = head.indexOf(LF);
  const line = head.toString('latin1', 0, Math.min(end === -1 ? head.length : end, LINE_BYTES));
  const [, method, target] =
    REQUEST_LINE.exec(line.endsWith('\r') ? line.slice(0, -1) : line) ?? [];
  return method === undefined || target === undefined ? undefined : { method, target };
}

/** Whether bytes can begin an HTTP request; those of a TLS handshake cannot. */
export function canBeginHttp(bytes: Buffer, at = 0): boolean {
  const first = bytes[at];
  return first === undefined || (first > 0x20 && first < 0x7f);
}
