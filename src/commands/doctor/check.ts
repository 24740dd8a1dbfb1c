import type { Host } from './host.ts';

export type Verdict = 'ok' | 'warn' | 'fail';

/** The result of one check, with its remedy. */
export interface Finding {
  readonly verdict: Verdict;
  readonly told: string;
  readonly remedy?: string;
}

export interface Check {
  readonly name: string;
  readonly look: (host: Host) => Finding | Promise<Finding>;
}

export function ok(told: string): Finding {
  return { verdict: 'ok', told };
}

/** Vigia works, with limitations. */
export function warn(told: string, remedy: string): Finding {
  return { verdict: 'warn', told, remedy };
}

/** Vigia cannot work. */
export function fail(told: string, remedy: string): Finding {
  return { verdict: 'fail', told, remedy };
}

/** A problem of loading only: a warning once the programs are loaded. */
export function failToLoad(host: Host, told: string, remedy: string): Finding {
  return host.isLoaded ? warn(told, remedy) : fail(told, remedy);
}
