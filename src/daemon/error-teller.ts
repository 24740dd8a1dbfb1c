import { type Log, RateLimit } from '../log.ts';

const PERIOD_MS = 60_000;

/** Logs an error once a minute, with how many others there were: what fails is tried again soon. */
export function errorTeller(
  log: Log,
  message = 'an answer could not be made',
): (err: unknown) => void {
  const limit = new RateLimit(PERIOD_MS);
  return (err) => {
    const unsaid = limit.admit(performance.now());
    if (unsaid !== undefined) log.error({ err, unsaid }, message);
  };
}
