import { Counter, type Registry } from 'prom-client';

/** Ticks that brought no snapshot: `inc` each one. */
export function tickFailures(registry: Registry): Counter {
  return new Counter({
    name: 'vigia_tick_failures_total',
    help: 'Ticks that could not read the tables; the last good snapshot stays.',
    registers: [registry],
  });
}
