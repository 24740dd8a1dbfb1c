import type { Segment } from './emulators/evasions.ts';

/** Tells whether a flow mines, by what was said on it. */
export type Recognizer = (session: readonly Segment[]) => boolean;

/** So much of a stream is looked at, where a rule looks at streams. */
const STREAM_OCTETS = 1024;
/** What is shorter the classifier of packets passes over. */
const PACKET_OCTETS = 10;

const SIDES = ['client', 'server'] as const;

/**
 * How detectors work that are in use, by what they publish: written anew. Without lists of ports and
 * addresses, which know nothing of what is said: the ports here are the emulators' own.
 */
export const KNOWN_RULES: Readonly<Record<string, Recognizer>> = {
  nDPI: isMiningPacket,
  'Zeek script': (session) => SIDES.some((side) => isMiningRequest(segmentsFrom(session, side))),
  'IDS signatures': (session) => segmentsFrom(session, 'client').some(hasSignature),
  'stream pattern': (session) =>
    SIDES.some((side) => hasMethod(segmentsFrom(session, side).join('').slice(0, STREAM_OCTETS))),
  keywords: (session) => session.some(({ octets }) => WORDS.test(octets)),
};

function segmentsFrom(session: readonly Segment[], side: Segment['from']): string[] {
  return session.flatMap(({ from, octets }) => (from === side ? octets : []));
}

/**
 * nDPI, src/lib/protocols/mining.c: the first packet with payload, of either side, that is no match
 * rules the protocol out.
 */
function isMiningPacket([first]: readonly Segment[]): boolean {
  const { octets = '' } = first ?? {};
  if (octets.length <= PACKET_OCTETS || !octets.includes('{')) return false;
  return ['"eth1.0"', '"worker":', '"method":', '"blob":'].some((word) => octets.includes(word));
}

/**
 * zeek-cryptomining: a stream, or the body of a request, begins as JSON-RPC does; then what was
 * delivered at that moment has just one method, and that is a miner's.
 */
function isMiningRequest(segments: readonly string[]): boolean {
  const delivered = bodiesOf(segments);
  let stream = '';
  for (const piece of delivered) {
    stream += piece;
    if (!/^\s*\{\s*"(?:jsonrpc|method|params|id)"\s*:/.test(stream)) continue;
    const methods = new Set(piece.match(/"method"\s*:\s*"[^"]*"/g));
    const [method = ''] = methods;
    return methods.size === 1 && MINING_METHOD.test(method);
  }
  return false;
}

const MINING_METHOD =
  /:\s*"(?:[^"]*getwork[^"]*|getblocktemplate|submitblock|getjob|mining\.[^"]*)"$/;

/** Behind the head of the first request that has a body; of what is no HTTP, all. */
function bodiesOf(segments: readonly string[]): readonly string[] {
  const post = segments.findIndex((segment) => segment.startsWith('POST '));
  if (post < 0) return segments;
  const [head = '', ...more] = segments.slice(post);
  const end = head.indexOf('\r\n\r\n');
  return end < 0 ? [] : [head.slice(end + 4), ...more];
}

/** As the rules of intrusion detectors: exact octets in one segment, all of one set. */
const SIGNATURES: readonly (readonly string[])[] = [
  ['{"id":', '"jsonrpc":', '"method":"login","params":'],
  ['{"method":"login","params":{"login":', '"pass":'],
  ['"method": "mining.subscribe", "params"'],
  ['"method":"mining.subscribe","params"'],
  ['"method":"mining.authorize","params"'],
  ['{"worker":', '"jsonrpc":', '"method":"eth_submitLogin"'],
  ['POST ', 'X-Mining-Extensions:'],
];

function hasSignature(segment: string): boolean {
  return SIGNATURES.some((contents) => contents.every((content) => segment.includes(content)));
}

function hasMethod(stream: string): boolean {
  return /"method"\s*:\s*"(?:login|submit|job|keepalived|mining\.\w+|eth_submit\w+|getwork|getblocktemplate)"/.test(
    stream,
  );
}

const WORDS = /stratum|xmrig|mining\.(?:subscribe|notify)|"job_id"/i;
