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
  return defaultUidIn(readPasswd());
}

/** The first group of a user in a passwd(5) file; one of the same number where there is no user. */
export function groupIn(passwd: string, uid: number): number {
  const gid = new RegExp(`^[^:\\n]*:[^:\\n]*:${uid}:(\\d+):`, 'm').exec(passwd)?.[1];
  return gid === undefined ? uid : Number(gid);
}

/** NOTE: a group of the user's number may be somebody else's, and may be allowed things. */
export function groupOf(uid: number): number {
  return groupIn(readPasswd(), uid);
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}
