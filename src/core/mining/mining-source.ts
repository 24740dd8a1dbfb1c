/**
 * What can be looked at for signs of mining: `fpu`, how threads have set the floating-point unit;
 * `payload`, what TCP carries, where packets are looked at; `exec`, which programs are started, from
 * where and how; `mapping`, how much memory is mapped at once; `device`, who writes registers of the
 * processor; `sysctl`, who reserves huge pages.
 */
export const MINING_SOURCES = ['fpu', 'payload', 'exec', 'mapping', 'device', 'sysctl'] as const;
export type MiningSource = (typeof MINING_SOURCES)[number];
