import { isIP } from 'node:net';

/** Suffixes that no name on the Internet has, so that nobody can point one at this address. */
const PRIVATE_SUFFIXES = ['.localhost', '.local', '.internal', '.svc', '.cluster.local'];

/**
 * Whether a page may be shown under this Host header. A web page of somebody else can point a name of
 * its own at our address, and its script can then read what we answer (DNS rebinding). That takes a
 * name that anybody can register: not an address, a name without dots, or one that is private.
 */
export function isOwnHost(host: string | undefined, allowed: readonly string[]): boolean {
  const name = hostName(host ?? '');
  if (name === '') return false;
  if (isIP(name) !== 0 || !name.includes('.')) return true;
  if (PRIVATE_SUFFIXES.some((suffix) => name.endsWith(suffix))) return true;
  return allowed.some((each) => matches(name, each.toLowerCase()));
}

/** Without port and closing dot. */
function hostName(host: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::\d*)?$/.exec(host) ?? [];
  return (bracketed ?? plain ?? '').toLowerCase().replace(/\.$/, '');
}

/** "vigia.example" is that name, "*.example" all names below. */
function matches(name: string, pattern: string): boolean {
  return pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) : name === pattern;
}
