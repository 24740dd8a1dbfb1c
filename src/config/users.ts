import { readFileSync } from 'node:fs';

/** The user that `make run` adds, so that no other program shares the uid that reads the tables. */
const OWN_USER = 'vigia';
/** Used in the image, and on hosts without that user. Other programs may run as `nobody`. */
const OWN_UID = '9770';

/** The uid of the user vigia in a passwd(5) file, else 9770, which no system assigns by itself. */
export function defaultUidIn(passwd: string): string {
  return new RegExp(`^${OWN_USER}:[^:]*:(\\d+):`, 'm').exec(passwd)?.[1] ?? OWN_UID;
}

export function defaultUid(): string {
  return defaultUidIn(readPasswd());
}

/** The user of a uid in a passwd(5) file, such as `nobody`; undefined if it is ours or unused. */
export function strangerIn(passwd: string, uid: number): string | undefined {
  const name = new RegExp(`^([^:\\n]+):[^:\\n]*:${uid}:`, 'm').exec(passwd)?.[1];
  return name === OWN_USER ? undefined : name;
}

export function strangerOf(uid: number): string | undefined {
  return strangerIn(readPasswd(), uid);
}

/** The primary group of a user in a passwd(5) file; for a uid without a user, the same number. */
export function groupIn(passwd: string, uid: number): number {
  const gid = new RegExp(`^[^:\\n]*:[^:\\n]*:${uid}:(\\d+):`, 'm').exec(passwd)?.[1];
  return gid === undefined ? uid : Number(gid);
}

/** NOTE: the group with the uid's number can belong to another service and grant it access. */
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
