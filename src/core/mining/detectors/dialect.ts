import { addressText } from '../../flow/address.ts';
import { CLUE_KIND, type ClueRecord } from '../../reading/clue.ts';
import { SharedMap } from '../../sharing/shared-map.ts';
import { latinText } from '../../text/latin-text.ts';
import type { Observation } from '../observation.ts';
import type { Sighting } from '../sighting.ts';
import type { Signal } from '../signal.ts';

type Speaker = 'miner' | 'pool';

interface Dialect {
  /** The side that sends this message. */
  readonly speaker: Speaker | 'either';
  readonly signal: Signal;
  /** Completes "sent …" and "received …". */
  readonly message: string;
}

/** The index is `enum dialect` in bpf/lib/wire.h; the detail of a clue is a bit set of these. */
export const DIALECTS: readonly Dialect[] = [
  of('miner', 'a CryptoNote login (Monero family)'),
  of('miner', 'a CryptoNote share (Monero family)'),
  of('miner', 'a CryptoNote keepalive (Monero family)'),
  of('pool', 'a CryptoNote job (Monero family)'),
  of('miner', 'a Stratum request (mining.*)'),
  of('pool', 'a Stratum notification (mining.*)'),
  of('miner', 'an Ethereum mining request (ETHPROXY)'),
  of('miner', 'a block template request with a wallet address'),
  of('miner', "a work request with a miner's HTTP header"),
  of('miner', 'a work request, as miners and other node clients send it', 'node_rpc'),
  of('either', 'a Stratum message that either side can send (mining.*)'),
  of('pool', 'an HTTP response that offers Stratum (X-Stratum)'),
];

const QUOTE_CHARACTERS = 96;
/** Shorter payloads, such as segments of one byte, are not quoted. */
const QUOTE_AT_LEAST = 8;
/** When full, the holder with the most conversations loses the one that was idle longest. */
const MAX_CONVERSATIONS = 8192;

/** The sides that sent messages on one connection. */
class Conversation {
  readonly #speakers = new Set<Speaker>();
  /** Whether the peer is the miner. Undefined until one side sends a message that only it can send. */
  isMinerRemote: boolean | undefined;
  hasSpoken = false;

  hear({ speaker }: Dialect, { isReceived }: ClueRecord): void {
    if (!isReceived) this.hasSpoken = true;
    if (speaker === 'either') return;
    this.#speakers.add(speaker);
    this.isMinerRemote = isReceived === Number(speaker === 'miner');
  }

  get isAnswered(): boolean {
    return this.hasSpoken && this.#speakers.size === 2;
  }
}

/**
 * Reports the mining dialects that the kernel recognized in TCP payload. Anyone can send a miner's
 * messages to an open port, so received messages are a weak signal until the pod sends one itself.
 */
export class DialectDetector {
  /** Keyed by cgroup and connection. */
  readonly #conversations = new SharedMap<string, Conversation>(MAX_CONVERSATIONS);

  *detect({ clues, secondsOf, holderOf }: Observation): Generator<Sighting> {
    for (const clue of clues) {
      if (clue.kind !== CLUE_KIND.payload) continue;
      const spoken = DIALECTS.filter((_, bit) => clue.detail & (1 << bit));
      // A message that only miners send outweighs one that other clients send too.
      const [dialect] = [...spoken].sort((a, b) => Number(isWeak(a)) - Number(isWeak(b)));
      if (!dialect) continue;
      const conversation = isWeak(dialect)
        ? new Conversation()
        : this.#conversationOf(clue, holderOf);
      conversation.hear(dialect, clue);
      const sighting = sightingOf(clue, secondsOf(clue.atNs));
      const signal = conversation.hasSpoken ? dialect.signal : heardSignal(dialect);
      yield { ...sighting, signal, detail: detailOf(clue, dialect, conversation) };
      if (conversation.isAnswered)
        yield {
          ...sighting,
          signal: 'pool_answers',
          detail: 'miner and pool messages on one connection',
        };
    }
  }

  #conversationOf(clue: ClueRecord, holderOf: Observation['holderOf']): Conversation {
    const { cgroupId, peer, port, amount: localPort } = clue;
    const key = `${cgroupId} ${localPort} ${addressText(peer)} ${port}`;
    const conversation = this.#conversations.get(key) ?? new Conversation();
    this.#conversations.set(holderOf(cgroupId), key, conversation);
    return conversation;
  }
}

function of(
  speaker: Dialect['speaker'],
  message: string,
  signal: Signal = 'mining_protocol',
): Dialect {
  return { speaker, signal, message };
}

function isWeak({ signal }: Dialect): boolean {
  return signal === 'node_rpc';
}

/** The signal for a received message, if the pod has sent none on that connection. */
function heardSignal({ signal }: Dialect): Signal {
  return signal === 'mining_protocol' ? 'protocol_heard' : signal;
}

function sightingOf(clue: ClueRecord, seconds: number) {
  const { cgroupId, peer, port } = clue;
  return { cgroupId, seconds, count: 1, peer: addressText(peer), port };
}

/** A pod that receives a miner's messages is a pool, or a proxy between miners and a pool. */
function detailOf(clue: ClueRecord, { message }: Dialect, { isMinerRemote }: Conversation): string {
  const { isReceived, textBytes, text } = clue;
  const deed = isReceived ? 'received' : 'sent';
  const role = isMinerRemote ? ', acting as a pool or a proxy' : '';
  if (textBytes < QUOTE_AT_LEAST) return `${deed} ${message}${role}`;
  const quoted = latinText(text.subarray(0, Math.min(textBytes, QUOTE_CHARACTERS)));
  const more = textBytes > QUOTE_CHARACTERS ? '…' : '';
  return `${deed} ${message}${role}: ${quoted.trimEnd()}${more}`;
}
