import type { Signal } from './signal.ts';

/** One observation of a detector's: what speaks for mining in a cgroup, and what it was seen in. */
export interface Sighting {
  readonly signal: Signal;
  readonly cgroupId: number;
  /** Unix time. */
  readonly seconds: number;
  /** Events that it stands for; 0 says that what was told before still goes on. */
  readonly count: number;
  /** One sentence with the figures. May hold what a process wrote: to be escaped where it is shown. */
  readonly detail: string;
  /** The process; undefined where it is not known. */
  readonly pid?: number | undefined;
  /** Its name, or what it was started as; untrusted. */
  readonly command?: string | undefined;
  /** The address and port of the other end. */
  readonly peer?: string | undefined;
  readonly port?: number | undefined;
}
