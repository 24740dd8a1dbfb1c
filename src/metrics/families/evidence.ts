import type { Family, FamilyGroup } from '../family.ts';

const evidenceLost: Family = {
  name: 'vigia_pod_evidence_lost_total',
  help: 'Clues, DNS answers and TCP segments of the pod that were not inspected because the pod had used up its fair share. Only for pods that lost any.',
  type: 'counter',
  labelNames: ['namespace', 'pod'],
  write: ({ pods }, sink) => {
    for (const { labels, usage } of pods) {
      const { evidenceLost: count } = usage.usage;
      if (count > 0) sink.sample(labels, count, usage.createdSeconds);
    }
  },
};

/** Separate from mining, so that the alert on lost evidence also works with VIGIA_MINING_METRICS=off. */
export const evidenceFamilies: FamilyGroup = {
  title: 'Evidence',
  note: 'Evidence of a pod that was not inspected. All other counters of the pod stay exact. `VIGIA_MINING_METRICS=off` does not hide this metric, and `VIGIA_MAX_SERIES` does not limit it: it has at most one series per exported pod.',
  families: [evidenceLost],
};
