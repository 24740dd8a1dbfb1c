/**
 * Domains of mining pools and of proxies for miners, from public sources as of 2026. The list is not
 * complete, and the website of a pool may use the same domain.
 */
const POOL_DOMAINS = [
  '2miners.com',
  'acc-pool.pw',
  'antpool.com',
  'bitdeer.com',
  'braiins.com',
  'btc.com',
  'c3pool.com',
  'c3pool.org',
  'ckpool.org',
  'crypto-pool.fr',
  'cruxpool.com',
  'dwarfpool.com',
  'emcd.io',
  'ethermine.org',
  'ezil.me',
  'f2pool.com',
  'fairpool.xyz',
  'flexpool.io',
  'flypool.org',
  'foundryusapool.com',
  'gntl.uk',
  'hashcity.org',
  'hashvault.pro',
  'herominers.com',
  'hiveon.com',
  'hiveon.net',
  'k1pool.com',
  'kryptex.network',
  'luckypool.io',
  'luxor.tech',
  'minergate.com',
  'minexmr.com',
  'mining-dutch.nl',
  'miningocean.org',
  'miningpoolhub.com',
  'moneroocean.stream',
  'monerohash.com',
  'monerop.com',
  'monerpool.org',
  'nanopool.org',
  'nicehash.com',
  'ntpool.cc',
  'ocean.xyz',
  'p2pool.io',
  'poolbinance.com',
  'poolin.com',
  'prohashing.com',
  'public-pool.io',
  'ravenminer.com',
  'rplant.xyz',
  'semipool.com',
  'skypool.org',
  'skypool.xyz',
  'slushpool.com',
  'solopool.org',
  'sparkpool.com',
  'spiderpool.com',
  'supportxmr.com',
  'suprnova.cc',
  'unmineable.com',
  'viabtc.com',
  'vipor.net',
  'woolypooly.com',
  'xmrpool.de',
  'xmrpool.eu',
  'xmrpool.net',
  'zergpool.com',
  'zpool.ca',
];

/** RFC 1035, 2.3.4. */
const MAX_NAME_CHARACTERS = 253;
const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/** Returns the pool domain that contains the name, or undefined. */
export type PoolOf = (name: string) => string | undefined;

/** Matches the built-in domains and `more`. */
export function knownPools(more: Iterable<string> = []): PoolOf {
  const domains = new Set([...POOL_DOMAINS, ...more]);
  return (name) => {
    let rest = name.toLowerCase().replace(/\.$/, '');
    while (rest !== '') {
      if (domains.has(rest)) return rest;
      const dot = rest.indexOf('.');
      rest = dot < 0 ? '' : rest.slice(dot + 1);
    }
    return undefined;
  };
}

/** The parsed file of VIGIA_POOL_NAMES. */
export interface ParsedPoolNames {
  readonly domains: readonly string[];
  /** Messages with line numbers. */
  readonly errors: readonly string[];
}

/** One domain per line; `#` starts a comment. `*.example.org` means the same as `example.org`. */
export function parsePoolNames(text: string): ParsedPoolNames {
  const domains: string[] = [];
  const errors: string[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    const [entry = ''] = line.split('#');
    const domain = entry.trim().toLowerCase().replace(/^\*\./, '').replace(/\.$/, '');
    if (domain === '') continue;
    if (isDomain(domain)) domains.push(domain);
    else errors.push(`line ${i + 1}: no domain name: ${JSON.stringify(entry.trim().slice(0, 80))}`);
  }
  return { domains, errors };
}

/** At least two labels: a top-level domain alone would match too much. */
function isDomain(text: string): boolean {
  const labels = text.split('.');
  if (text.length > MAX_NAME_CHARACTERS || labels.length < 2) return false;
  return labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '');
}
