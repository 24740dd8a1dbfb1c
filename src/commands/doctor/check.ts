import type { Host } from './host.ts';

export type Verdict = 'ok' | 'warn' | 'fail';

/** What one check found, and what to do about it. */
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

/** The agent works, but less well than it could. */
export function warn(told: string, remedy: string): Finding {
  return { verdict: 'warn', told, remedy };
}

/** The agent cannot work. */
export function fail(told: string, remedy: string): Finding {
  return { verdict: 'fail', told, remedy };
}

/** Trouble that only a load would meet: once all is loaded it is but a warning. */
export function failToLoad(host: Host, told: string, remedy: string): Finding {
  return host.isLoaded ? warn(told, remedy) : fail(told, remedy);
}
