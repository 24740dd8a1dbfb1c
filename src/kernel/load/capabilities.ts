/** Bit numbers: include/uapi/linux/capability.h. */
export const CAPABILITY = {
  chown: 0,
  setuid: 7,
  netAdmin: 12,
  sysAdmin: 21,
  sysResource: 24,
  perfmon: 38,
  bpf: 39,
} as const;

/** Whether a capability is effective. @param status content of /proc/PID/status */
export function hasCapability(status: string, bit: number): boolean {
  const [, digits] = /^CapEff:\s+([\da-f]+)$/m.exec(status) ?? [];
  return digits !== undefined && ((BigInt(`0x${digits}`) >> BigInt(bit)) & 1n) === 1n;
}
