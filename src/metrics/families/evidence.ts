import type { Family, FamilyGroup } from '../family.ts';

const evidenceLost: Family = {
  name: 'vigia_pod_evidence_lost_total',
  help: 'Clues, DNS answers and TCP segments of the pod that were not looked at, because the pod had used up its fair share. Only for pods that lost any.',
  type: 'counter',
  labelNames: ['namespace', 'pod'],
  write: ({ pods }, sink) => {
    for (const { labels, usage } of pods) {
      const { evidenceLost: count } = usage.usage;
      if (count > 0) sink.sample(labels, count, usage.createdSeconds);
    }
  },
};

/** Apart from mining: an alert on what is crowded out works with VIGIA_MINING_METRICS=off, too. */
export const evidenceFamilies: FamilyGroup = {
  title: 'Evidence',
  note: 'How much of a pod was not looked at: its counters are exact all the same. `VIGIA_MINING_METRICS=off` does not hide it.',
  families: [evidenceLost],
};
