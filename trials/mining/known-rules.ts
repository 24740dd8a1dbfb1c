import type { Segment } from './emulators/evasions.ts';

/** Decides from the payload of a flow whether it is mining. */
export type Recognizer = (session: readonly Segment[]) => boolean;

/** Bytes of a stream that stream rules read. */
const STREAM_OCTETS = 1024;
/** nDPI ignores shorter packets. */
const PACKET_OCTETS = 10;

const SIDES = ['client', 'server'] as const;

/**
 * Reimplementations of published detection rules. Port and address lists are left out, because the
 * emulators choose their own ports.
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

/** nDPI, src/lib/protocols/mining.c: the first packet with payload decides, from either side. */
function isMiningPacket([first]: readonly Segment[]): boolean {
  const { octets = '' } = first ?? {};
  if (octets.length <= PACKET_OCTETS || !octets.includes('{')) return false;
  return ['"eth1.0"', '"worker":', '"method":', '"blob":'].some((word) => octets.includes(word));
}

/**
 * zeek-cryptomining: a stream or a request body starts like JSON-RPC, and the piece delivered at that
 * moment has exactly one method, which is a mining method.
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

/** After the header of the first request with a body. Without HTTP, everything. */
function bodiesOf(segments: readonly string[]): readonly string[] {
  const post = segments.findIndex((segment) => segment.startsWith('POST '));
  if (post < 0) return segments;
  const [head = '', ...more] = segments.slice(post);
  const end = head.indexOf('\r\n\r\n');
  return end < 0 ? [] : [head.slice(end + 4), ...more];
}

/** As in intrusion detection rules: all strings of one set, exact, in one segment. */
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
