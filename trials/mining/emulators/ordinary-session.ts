import type { Segment } from './evasions.ts';
import type { Random } from './json-style.ts';

/** A session of an ordinary program. */
export type LookAlike = (random: Random) => readonly Segment[];

export const client = (octets: string): Segment => ({ from: 'client', octets });
export const server = (octets: string): Segment => ({ from: 'server', octets });

/** Binary bytes. */
export const octets = (random: Random, length: number): string =>
  Array.from({ length }, () => String.fromCharCode(Math.floor(random() * 256))).join('');
