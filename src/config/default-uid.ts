import { readFileSync } from 'node:fs';

/** The user that `make run` adds, so that nobody else has the uid of who reads the tables. */
const OWN_USER = 'vigia';
/** `nobody`, where a machine has no such user: what a container image runs as. */
const NOBODY = '65534';

/** The uid of our own user in a passwd(5) file, else that of nobody. */
export function defaultUidIn(passwd: string): string {
  return new RegExp(`^${OWN_USER}:[^:]*:(\\d+):`, 'm').exec(passwd)?.[1] ?? NOBODY;
}

export function defaultUid(): string {
  try {
    return defaultUidIn(readFileSync('/etc/passwd', 'utf8'));
  } catch {
    return NOBODY;
  }
}
