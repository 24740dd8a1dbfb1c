import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls `tick` at every interval, without drift. A tick that lasts longer than an interval makes the
 * next beats be skipped. Returns when the signal aborts.
 */
export async function keepTicking(
  intervalMs: number,
  tick: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const beganMs = performance.now();
  let beat = 1;
  while (await slept(beganMs + beat * intervalMs - performance.now(), signal)) {
    await tick();
    beat = Math.max(beat + 1, Math.ceil((performance.now() - beganMs) / intervalMs));
  }
}

/** False if the signal ended the sleep. */
async function slept(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(Math.max(0, ms), undefined, { signal });
    return true;
  } catch (err) {
    if (signal.aborted) return false;
    throw err;
  }
}
