import { isIP } from 'node:net';

/** Suffixes that do not exist on the Internet, so that nobody can register such a name. */
const PRIVATE_SUFFIXES = ['.localhost', '.local', '.internal', '.svc', '.cluster.local'];

/**
 * Whether to show a page under this Host header. An attacker's web page can point its own name at this
 * address, and its script could then read the responses (DNS rebinding). This needs a name that anyone can
 * register, so addresses, names without dots and private names are safe.
 */
export function isOwnHost(host: string | undefined, allowed: readonly string[]): boolean {
  const name = hostName(host ?? '');
  if (name === '') return false;
  if (isIP(name) !== 0 || !name.includes('.')) return true;
  if (PRIVATE_SUFFIXES.some((suffix) => name.endsWith(suffix))) return true;
  return allowed.some((each) => matches(name, each.toLowerCase()));
}

/** Without port and trailing dot. */
function hostName(host: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::\d*)?$/.exec(host) ?? [];
  return (bracketed ?? plain ?? '').toLowerCase().replace(/\.$/, '');
}

/** "vigia.example" matches that name, "*.example" all names below it. */
function matches(name: string, pattern: string): boolean {
  return pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) : name === pattern;
}
