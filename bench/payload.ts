import { addedCosts } from './paired-loads.ts';
import { TRAFFIC } from './payload-traffic.ts';
import type { Section } from './report.ts';

export const payload: Section = {
  name: 'payload',
  title:
    'Payload: ns per run added by mining detection, between two loads that see the same packets',
  measure: (signal) =>
    addedCosts({ more: { mining: ['payload'] }, less: { mining: [] }, traffic: TRAFFIC }, signal),
};
