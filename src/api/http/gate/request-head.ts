const LF = 0x0a;
const CR = 0x0d;

/** What the gate needs to know of a request. */
export interface RequestLine {
  readonly method: string;
  /** As sent, with its query. */
  readonly target: string;
}

const REQUEST_LINE = /^([!#$%&'*+.^_`|~\w-]+) (\S+) HTTP\/1\.[01]$/;
/** Longer ones are beyond what any client of ours sends; the HTTP server has its own say on them. */
const LINE_BYTES = 8192;

/** Where the request head ends, its empty line included, looking from `from` on; else -1. */
export function endOfHead(bytes: Buffer, from = 0): number {
  for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

/** Where the request begins: RFC 9112, 2.2 lets empty lines come before it. */
export function startOfHead(bytes: Buffer): number {
  let at = 0;
  while (bytes[at] === CR || bytes[at] === LF) at++;
  return at;
}

/** Undefined for what is not HTTP/1. */
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
