import type { Traffic } from './paired-loads.ts';

/** For packets without a message of interest. */
const UNREAD_LIMIT_NS = 25;
const ENDS = 2;
const DIRECTIONS = 2;

/** A miner's message about a found share, with invented values. */
const SUBMIT = json({
  id: 3,
  jsonrpc: '2.0',
  method: 'submit',
  params: {
    id: 'a1b2c3d4-0000-4000-8000-00000000beef',
    job_id: '4'.repeat(22),
    nonce: '0badcafe',
    result: '7f'.repeat(32),
    algo: 'rx/0',
  },
});

/** A request of a log shipper. */
const LOGS = overHttp(
  json({
    stream: 'stdout',
    level: 'info',
    labels: { app: 'shop', zone: 'a', pod: 'web-0', container: 'app' },
    entries: Array.from({ length: 6 }, (_, i) => ({
      at: 1_700_000_000 + i,
      line: `GET /cart/${i} 200, ${'a user bought a thing or two, '.repeat(3).trim()}`,
    })),
  }),
);

export const TRAFFIC: readonly Traffic[] = [
  {
    what: 'packet, TCP of 64 bytes, request or reply',
    kind: 'requests',
    args: ['15000'],
    limitNs: UNREAD_LIMIT_NS,
  },
  {
    what: 'packet, TCP stream (super-packets)',
    kind: 'stream',
    args: ['3000'],
    limitNs: UNREAD_LIMIT_NS,
  },
  talk(`packet, a miner's message, ${SUBMIT.length} bytes`, 'messages', SUBMIT, 10_000),
  talk(`packet, logs over HTTP, ${LOGS.length} bytes (mostly skipped)`, 'messages', LOGS, 10_000),
  talk('packet, the same, one connection each (inspected)', 'visits', LOGS, 2_000),
];

/** The other end replies with the same bytes. */
function talk(what: string, kind: 'messages' | 'visits', text: string, count: number): Traffic {
  const bytes = count * text.length * ENDS * DIRECTIONS;
  return { what, kind, args: [String(count), text], bytes };
}

function json(message: unknown): string {
  return `${JSON.stringify(message)}\n`;
}

function overHttp(body: string): string {
  const headers = ['POST /push HTTP/1.1', 'Host: logs', 'Content-Type: application/json'];
  return `${[...headers, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`;
}
