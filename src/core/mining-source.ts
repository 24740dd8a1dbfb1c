/**
 * What can be looked at for signs of mining: `fpu`, how threads have set the floating-point unit;
 * `payload`, what TCP carries, where packets are looked at.
 */
export const MINING_SOURCES = ['fpu', 'payload'] as const;
export type MiningSource = (typeof MINING_SOURCES)[number];
