/**
 * What can be looked at for signs of mining: `fpu`, how threads have set the floating-point unit.
 */
export const MINING_SOURCES = ['fpu'] as const;
export type MiningSource = (typeof MINING_SOURCES)[number];
