/**
 * Aborts at the first signal, so that everything is cleaned up. The second ends the process at
 * once.
 */
export function abortOnSignal(): AbortSignal {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onSignal);
  process.stdout.on('error', onSignal); // the reader has closed the pipe
  return stop.signal;
}
