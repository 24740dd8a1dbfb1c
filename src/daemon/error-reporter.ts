import { type Log, RateLimit } from '../log.ts';

const PERIOD_MS = 60_000;

/** Logs at most one error a minute, with the number of suppressed ones, because clients retry. */
export function errorReporter(log: Log, message = 'request failed'): (err: unknown) => void {
  const limit = new RateLimit(PERIOD_MS);
  return (err) => {
    const suppressed = limit.admit(performance.now());
    if (suppressed !== undefined) log.error({ err, suppressed }, message);
  };
}
