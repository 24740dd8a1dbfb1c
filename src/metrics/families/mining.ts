import type { Evidence, Finding } from '../../core/mining/verdict/finding.ts';
import type { Family, FamilyGroup } from '../family.ts';
import { labelText } from '../text/label-text.ts';

const labelsOf = ({ namespace, pod }: Finding, evidence?: Evidence): string =>
  labelText({ namespace, pod, ...(evidence && { signal: evidence.signal }) });

const score: Family = {
  name: 'vigia_pod_mining_score',
  help: 'How much speaks for it that the pod mines cryptocurrency: 0 to 100, 80 and more being worth an alert, 50 a look. Only for pods of which anything was seen; 0 for one that may mine (VIGIA_MAY_MINE).',
  type: 'gauge',
  labelNames: ['namespace', 'pod'],
  write: ({ snapshot: { findings } }, sink) => {
    for (const finding of findings) sink.sample(labelsOf(finding), finding.score);
  },
};

const evidenceTotal: Family = {
  name: 'vigia_pod_mining_evidence_total',
  help: 'Observations that speak for mining, by signal: see docs/mining.md. A signal goes, and begins at zero should it come again, when it weighs nothing any more.',
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
  note: 'Of pods with evidence alone, of which there are at most a thousand; `VIGIA_MAX_SERIES` does not bound them. What was seen, when and in which process: `vigia findings`.',
  families: [score, evidenceTotal],
};
