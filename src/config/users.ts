import { readFileSync } from 'node:fs';

/** The user that `make run` adds, so that nobody else has the uid of who reads the tables. */
const OWN_USER = 'vigia';
/** Where a machine has no such user, and in the image. That of `nobody` is shared with others. */
const OWN_UID = '9770';

/** The uid of our own user in a passwd(5) file, else one that no system gives away by itself. */
export function defaultUidIn(passwd: string): string {
  return new RegExp(`^${OWN_USER}:[^:]*:(\\d+):`, 'm').exec(passwd)?.[1] ?? OWN_UID;
}

export function defaultUid(): string {
  return defaultUidIn(readPasswd());
}

/** Whose a uid is by a passwd(5) file, if it is another user's: such as `nobody`. */
export function strangerIn(passwd: string, uid: number): string | undefined {
  const name = new RegExp(`^([^:\\n]+):[^:\\n]*:${uid}:`, 'm').exec(passwd)?.[1];
  return name === OWN_USER ? undefined : name;
}

export function strangerOf(uid: number): string | undefined {
  return strangerIn(readPasswd(), uid);
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
