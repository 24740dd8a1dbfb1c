import type { Signal } from './signal.ts';

/** One observation of mining evidence in a cgroup. */
export interface Sighting {
  readonly signal: Signal;
  readonly cgroupId: number;
  /** Unix time. */
  readonly seconds: number;
  /** Number of events; 0 if an earlier one is still going on. */
  readonly count: number;
  /** The figures, as one sentence. May hold untrusted text: escape it for display. */
  readonly detail: string;
  /** Undefined if the process is not known. */
  readonly pid?: number | undefined;
  /** Name of the process, or its first argument; untrusted. */
  readonly command?: string | undefined;
  /** Address and port of the peer. */
  readonly peer?: string | undefined;
  readonly port?: number | undefined;
}
