import { addressText } from '../../flow/address.ts';
import { CLUE_KIND, type ClueRecord } from '../../reading/clue.ts';
import { latinText } from '../../text/latin-text.ts';
import type { Observation } from '../observation.ts';
import type { Sighting } from '../sighting.ts';
import type { PoolOf } from './pool-domains.ts';

/**
 * Looks for the names of pools among those that DNS, TLS and proxies were asked for, and for TLS to
 * the internet that names nothing: miners ask for no server and no protocol unless they are told to.
 */
export class PoolNameDetector {
  readonly #poolOf: PoolOf;

  constructor(poolOf: PoolOf) {
    this.#poolOf = poolOf;
  }

  *look({ asked, clues, secondsOf, seconds, classOf }: Observation): Generator<Sighting> {
    for (const { cgroupId, name } of asked) {
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
