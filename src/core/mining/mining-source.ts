/**
 * Sources of mining evidence. `fpu`: floating-point control words of threads. `payload`: TCP payload, if
 * packets are counted. `exec`: program starts. `mapping`: size of memory mappings. `device`: writes to
 * model-specific registers. `sysctl`: reservations of huge pages.
 */
export const MINING_SOURCES = ['fpu', 'payload', 'exec', 'mapping', 'device', 'sysctl'] as const;
export type MiningSource = (typeof MINING_SOURCES)[number];
