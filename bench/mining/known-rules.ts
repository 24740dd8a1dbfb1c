import type { Segment } from '../../test/emulators/evasions.ts';

/** Tells whether a flow mines, by what was said on it. */
export type Recognizer = (session: readonly Segment[]) => boolean;

/** So much of a stream is looked at, where a rule looks at streams. */
const STREAM_OCTETS = 1024;

const clientSegments = (session: readonly Segment[]): string[] =>
  session.flatMap(({ from, octets }) => (from === 'client' ? octets : []));

/**
 * How detectors work that are in use, by what they publish: written anew, without their thresholds
 * for ports and addresses, which know nothing of what is said.
 */
export const KNOWN_RULES: Readonly<Record<string, Recognizer>> = {
  /** As a classifier of packets: the first segment of the client, by how it begins. */
  'first packet': (session) => {
    const [first = ''] = clientSegments(session);
    return (
      first.startsWith('{') && /"(?:method|id)"/.test(first) && /login|mining\.|eth_/.test(first)
    );
  },
  /** As a signature: exact octets, in any segment of the client. */
  signature: (session) =>
    clientSegments(session).some((segment) =>
      [
        '"method":"login"',
        '"method": "mining.subscribe"',
        '"method":"mining.',
        'eth_submitLogin',
      ].some((content) => segment.includes(content)),
    ),
  /** As a script over streams: a pattern over what each side said first, put together again. */
  'pattern over streams': (session) =>
    (['client', 'server'] as const).some((side) => {
      const stream = session.flatMap(({ from, octets }) => (from === side ? octets : [])).join('');
      return /"method"\s*:\s*"(?:login|submit|job|keepalived|mining\.\w+|eth_submit\w+|getwork|getblocktemplate)"/.test(
        stream.slice(0, STREAM_OCTETS),
      );
    }),
  /** As a list of words, in the payload of any segment. */
  words: (session) =>
    session.some(({ octets }) =>
      /stratum|xmrig|mining\.(?:subscribe|notify)|"job_id"/i.test(octets),
    ),
};
