import { Counter, type Registry } from 'prom-client';

/** Ticks without a snapshot. Call `inc` for each. */
export function tickFailures(registry: Registry): Counter {
  return new Counter({
    name: 'vigia_tick_failures_total',
    help: 'Ticks that failed to read the tables. The last good snapshot stays in use.',
    registers: [registry],
  });
}
