import type { Traffic } from './paired-loads.ts';

/** Of a packet in whose payload nothing is of interest. */
const UNREAD_BAR_NS = 25;
const ENDS = 2;
const DIRECTIONS = 2;

/** What a miner sends when it found a share; all of its digits are made up. */
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

/** What a log shipper sends. */
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
    what: 'packet, TCP of 64 bytes to and fro',
    kind: 'requests',
    args: ['15000'],
    barNs: UNREAD_BAR_NS,
  },
  {
    what: 'packet, TCP stream: super-packets',
    kind: 'stream',
    args: ['3000'],
    barNs: UNREAD_BAR_NS,
  },
  talk(`packet, a message of a miner, ${SUBMIT.length} octets`, 'messages', SUBMIT, 10_000),
  talk(`packet, logs over HTTP, ${LOGS.length} octets: soon passed over`, 'messages', LOGS, 10_000),
  talk('packet, the same, a connection each: read', 'visits', LOGS, 2_000),
];

/** The other end answers with the same octets. */
function talk(what: string, kind: 'messages' | 'visits', text: string, count: number): Traffic {
  const octets = count * text.length * ENDS * DIRECTIONS;
  return { what, kind, args: [String(count), text], octets };
}

function json(message: unknown): string {
  return `${JSON.stringify(message)}\n`;
}

function overHttp(body: string): string {
  const headers = ['POST /push HTTP/1.1', 'Host: logs', 'Content-Type: application/json'];
  return `${[...headers, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`;
}
