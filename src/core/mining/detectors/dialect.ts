import { addressText } from '../../flow/address.ts';
import { CLUE_KIND, type ClueRecord } from '../../reading/clue.ts';
import { SharedMap } from '../../sharing/shared-map.ts';
import { latinText } from '../../text/latin-text.ts';
import type { Observation } from '../observation.ts';
import type { Sighting } from '../sighting.ts';
import type { Signal } from '../signal.ts';

type Speaker = 'miner' | 'pool';

/** What the messages of a dialect say, and of whom. */
interface Dialect {
  /** Who speaks: the other side listens. */
  readonly speaker: Speaker | 'either';
  readonly signal: Signal;
  /** Names the message in a sentence. */
  readonly message: string;
}

/** Index: `enum dialect` in bpf/lib/wire.h, whose bits a clue has. */
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

/** How much of a payload is quoted. */
const QUOTE_CHARACTERS = 96;
/** A payload that is shorter, as where each octet has a segment of its own, says nothing. */
const QUOTE_AT_LEAST = 8;
/** That are remembered; of whoever has most the one goes that was silent longest. */
const MAX_CONVERSATIONS = 8192;

/** Who spoke on one connection. */
class Conversation {
  readonly #speakers = new Set<Speaker>();
  /** Whether the miner is at the other end; undefined while nobody said what one side alone says. */
  isMinerRemote: boolean | undefined;
  /** Whether the pod has sent any message itself. */
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
 * Reads the dialects that the kernel recognized in the payload of TCP. Anyone can send a miner's words
 * to an open port, so a pod is judged by what it sends: what it receives is a weak sign until then. Where
 * both a miner and a pool spoke on one connection, that is evidence of its own.
 */
export class DialectDetector {
  /** By cgroup and connection. */
  readonly #conversations = new SharedMap<string, Conversation>(MAX_CONVERSATIONS);

  *look({ clues, secondsOf, holderOf }: Observation): Generator<Sighting> {
    for (const clue of clues) {
      if (clue.kind !== CLUE_KIND.payload) continue;
      const spoken = DIALECTS.filter((_, bit) => clue.detail & (1 << bit));
      // What a miner alone says is more than what it has in common with others.
      const [dialect] = [...spoken].sort((a, b) => Number(isWeak(a)) - Number(isWeak(b)));
      if (!dialect) continue;
      const conversation = isWeak(dialect)
        ? new Conversation()
        : this.#conversationOf(clue, holderOf);
      conversation.hear(dialect, clue);
      const told = sightingOf(clue, secondsOf(clue.atNs));
      const signal = conversation.hasSpoken ? dialect.signal : heardSignal(dialect);
      yield { ...told, signal, detail: detailOf(clue, dialect, conversation) };
      if (conversation.isAnswered)
        yield {
          ...told,
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

/** Of a message that the pod received on a connection on which it sent none. */
function heardSignal({ signal }: Dialect): Signal {
  return signal === 'mining_protocol' ? 'protocol_heard' : signal;
}

function sightingOf(clue: ClueRecord, seconds: number) {
  const { cgroupId, peer, port } = clue;
  return { cgroupId, seconds, count: 1, peer: addressText(peer), port };
}

/** A pod that hears what miners say is a pool, or stands between miners and one. */
function detailOf(clue: ClueRecord, { message }: Dialect, { isMinerRemote }: Conversation): string {
  const { isReceived, textBytes, text } = clue;
  const deed = isReceived ? 'received' : 'sent';
  const role = isMinerRemote ? ', acting as a pool or a proxy' : '';
  if (textBytes < QUOTE_AT_LEAST) return `${deed} ${message}${role}`;
  const quoted = latinText(text.subarray(0, Math.min(textBytes, QUOTE_CHARACTERS)));
  const more = textBytes > QUOTE_CHARACTERS ? '…' : '';
  return `${deed} ${message}${role}: ${quoted.trimEnd()}${more}`;
}
