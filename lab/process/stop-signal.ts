/** Aborts when the benchmark is to end: what runs is undone in order; a second reason ends it at once. */
export function abortOnSignal(): AbortSignal {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onSignal);
  process.stdout.on('error', onSignal); // nobody reads on
  return stop.signal;
}
