import { addressText } from '../../flow/address.ts';
import { CLUE_KIND, type ClueRecord } from '../../reading/clue.ts';
import { latinText } from '../../text/latin-text.ts';
import type { Observation } from '../observation.ts';
import type { Sighting } from '../sighting.ts';
import type { PoolOf } from './known-pools.ts';

/**
 * Reports pool domains in DNS queries, in TLS and in requests to proxies. Also reports TLS to the internet
 * without SNI and ALPN, because miners send neither by default.
 */
export class PoolNameDetector {
  readonly #poolOf: PoolOf;

  constructor(poolOf: PoolOf) {
    this.#poolOf = poolOf;
  }

  *detect({ queriedNames, clues, secondsOf, seconds, classOf }: Observation): Generator<Sighting> {
    for (const { cgroupId, name } of queriedNames) {
      const domain = this.#poolOf(name);
      if (domain === undefined) continue;
      yield { ...named(domain, `DNS query for ${name}`), cgroupId, seconds };
    }
    for (const clue of clues) {
      const { cgroupId, port } = clue;
      const peer = addressText(clue.peer);
      const at = { cgroupId, seconds: secondsOf(clue.atNs), peer, port };
      if (clue.kind === CLUE_KIND.nameless && classOf(peer) === 'internet')
        yield {
          ...at,
          signal: 'tls_nameless',
          count: 1,
          detail: 'TLS handshake without SNI or ALPN',
        };
      const name = clue.kind === CLUE_KIND.name ? nameOf(clue) : '';
      const domain = this.#poolOf(name);
      if (domain !== undefined)
        yield { ...at, ...named(domain, `requested ${name} from a server or a proxy`) };
    }
  }
}

function named(domain: string, deed: string) {
  return { signal: 'pool_name', count: 1, detail: `${deed} (pool domain ${domain})` } as const;
}

function nameOf({ text, textBytes }: ClueRecord): string {
  return latinText(text.subarray(0, textBytes));
}
