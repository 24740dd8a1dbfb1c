import type { Evidence, Finding } from '../../core/mining/verdict/finding.ts';
import type { Family, FamilyGroup } from '../family.ts';
import { labelText } from '../text/label-text.ts';

const labelsOf = ({ namespace, pod }: Finding, evidence?: Evidence): string =>
  labelText({ namespace, pod, ...(evidence && { signal: evidence.signal }) });

const score: Family = {
  name: 'vigia_pod_mining_score',
  help: 'Strength of the evidence that the pod mines cryptocurrency, from 0 to 100. By default 50 is suspicious and 80 raises an alert. Only for pods with evidence. 0 for pods that may mine (VIGIA_MAY_MINE).',
  type: 'gauge',
  labelNames: ['namespace', 'pod'],
  write: ({ snapshot: { findings } }, sink) => {
    for (const finding of findings) sink.sample(labelsOf(finding), finding.score);
  },
};

const evidenceTotal: Family = {
  name: 'vigia_pod_mining_evidence_total',
  help: 'Observations that indicate mining, by signal; docs/mining.md explains the signals. The series of a signal ends when its weight reaches zero, and restarts at zero if the signal returns.',
  type: 'counter',
  labelNames: ['namespace', 'pod', 'signal'],
  write: ({ snapshot: { findings } }, sink) => {
    for (const finding of findings)
      for (const evidence of finding.evidence)
        sink.sample(labelsOf(finding, evidence), evidence.count, evidence.firstSeconds);
  },
};

export const miningFamilies: FamilyGroup = {
  title: 'Mining',
  note: 'Only for pods with evidence, at most 1,000. `VIGIA_MAX_SERIES` does not limit these metrics. `vigia findings` shows the evidence, with its time and process.',
  families: [score, evidenceTotal],
};
