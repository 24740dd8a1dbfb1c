import type { Host } from './host.ts';

export type CheckVerdict = 'ok' | 'warn' | 'fail';

/** The result of one check, with its remedy. */
export interface CheckResult {
  readonly verdict: CheckVerdict;
  readonly message: string;
  readonly remedy?: string;
}

export interface Check {
  readonly name: string;
  readonly run: (host: Host) => CheckResult | Promise<CheckResult>;
}

export function ok(message: string): CheckResult {
  return { verdict: 'ok', message };
}

/** Vigia works, with limitations. */
export function warn(message: string, remedy: string): CheckResult {
  return { verdict: 'warn', message, remedy };
}

/** Vigia cannot work. */
export function fail(message: string, remedy: string): CheckResult {
  return { verdict: 'fail', message, remedy };
}

/** A problem of loading only: a warning once the programs are loaded. */
export function failToLoad(host: Host, message: string, remedy: string): CheckResult {
  return host.isLoaded ? warn(message, remedy) : fail(message, remedy);
}
