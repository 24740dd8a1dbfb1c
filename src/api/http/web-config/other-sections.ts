import type { Rate } from '../gate/token-buckets.ts';
import type { Keys } from './keys.ts';

const HASH = /^\$2[aby]\$(\d\d)\$[./\dA-Za-z]{53}$/;
/** With a cost of 16, one comparison takes four seconds. */
const MOST_COST = 16;

/** Reads `basic_auth_users`: bcrypt hashes by user name. */
export function readUsers(keys: Keys): ReadonlyMap<string, string> {
  const users = new Map<string, string>();
  for (const [name, hash] of keys.rest()) {
    const [, cost] = (typeof hash === 'string' && HASH.exec(hash)) || [];
    if (cost === undefined || typeof hash !== 'string')
      keys.complain(name, 'not a bcrypt hash; create one with: htpasswd -nBC 10 USER');
    else if (Number(cost) > MOST_COST || Number(cost) < 4)
      keys.complain(name, `got cost ${cost}, want 4 to ${MOST_COST}, such as 10`);
    else if (name.includes(':')) keys.complain(name, 'a user name cannot contain a colon');
    else users.set(name, hash);
  }
  return users;
}

/** Reads `rate_limit`: the request rate of one address. Undefined if absent. */
export function readRate(keys: Keys): Rate | 'unlimited' | undefined {
  const [intervalMs, burst] = [keys.durationMs('interval'), keys.count('burst')];
  keys.end();
  if (intervalMs === 0) return 'unlimited';
  if (intervalMs !== undefined) return { intervalMs, burst: burst ?? 1 };
  if (burst !== undefined) keys.complain('burst', 'needs an interval');
  return undefined;
}

type HeaderRule = readonly string[] | undefined;

/** Headers that may be set, with their allowed values. */
const HEADERS: Readonly<Record<string, HeaderRule>> = {
  'Content-Security-Policy': undefined,
  'X-Frame-Options': ['deny', 'sameorigin'],
  'X-Content-Type-Options': ['nosniff'],
  'X-XSS-Protection': undefined,
  'Strict-Transport-Security': undefined,
};
const PRINTABLE = /^[\x20-\x7e\t]*$/;

/** Reads `http_server_config`: headers of all responses. */
export function readHeaders(keys: Keys): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  if (keys.flag('http2') === true)
    keys.complain('http2', 'only HTTP/1.1 is supported; want false, or remove the key');
  const names = keys.section('headers');
  keys.end();
  for (const [name, choices] of Object.entries(HEADERS)) {
    const text = names.text(name);
    if (text === undefined) continue;
    if (choices && !choices.includes(text.toLowerCase()))
      names.complain(name, `want ${choices.join(' or ')}`);
    else if (!PRINTABLE.test(text)) names.complain(name, 'want printable characters');
    else headers.set(name.toLowerCase(), text);
  }
  names.end();
  return headers;
}
