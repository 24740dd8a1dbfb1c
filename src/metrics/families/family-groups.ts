import type { FamilyGroup } from '../family.ts';
import { cpuFamilies } from './cpu.ts';
import { dnsFamilies } from './dns.ts';
import { egressFamilies } from './egress.ts';
import { evidenceFamilies } from './evidence.ts';
import { infoFamilies } from './info.ts';
import { miningFamilies } from './mining.ts';
import { networkFamilies } from './network.ts';
import { openCostFamilies } from './opencost.ts';
import { pairFamilies } from './pairs.ts';
import { selfFamilies } from './self.ts';
import { tcpFamilies } from './tcp.ts';
import { totalFamilies } from './totals.ts';

/** All families made from a snapshot, in the order of the exposition. */
export const familyGroups: readonly FamilyGroup[] = [
  cpuFamilies,
  networkFamilies,
  tcpFamilies,
  dnsFamilies,
  egressFamilies,
  openCostFamilies,
  pairFamilies,
  miningFamilies,
  evidenceFamilies,
  infoFamilies,
  ...totalFamilies,
  selfFamilies,
];
