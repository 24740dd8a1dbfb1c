import type { Evidence, Finding } from '../../core/mining/verdict/finding.ts';
import { cellText } from '../../core/text/safe-text.ts';
import { ageText, NONE } from '../list/cell-units.ts';
import type { Column } from '../list/text-table.ts';

export const columns: readonly Column<Finding>[] = [
  { head: 'NAMESPACE', cell: ({ namespace }) => cellText(namespace) || NONE },
  { head: 'POD', cell: ({ pod }) => cellText(pod) || NONE },
  { head: 'VERDICT', cell: ({ verdict }) => verdict },
  { head: 'SCORE', cell: ({ score }) => String(score) },
  { head: 'SIGNALS', cell: ({ evidence }) => evidence.map(signalText).join(',') || NONE },
  { head: 'AGE', cell: ({ firstSeconds }, now) => ageText(now - firstSeconds) },
  { head: 'LAST', cell: ({ lastSeconds }, now) => ageText(now - lastSeconds) },
];

export const wideColumns: readonly Column<Finding>[] = [
  ...columns,
  { head: 'WORKLOAD', cell: ({ workload }) => cellText(workload) || NONE },
  { head: 'CONTAINER', cell: ofHeaviest(({ container }) => container) },
  { head: 'PID', cell: ofHeaviest(({ pid }) => (pid === undefined ? '' : String(pid))) },
  { head: 'COMMAND', cell: ofHeaviest(({ command = '' }) => command) },
  { head: 'DETAIL', cell: ofHeaviest(({ detail }) => detail) },
];

const signalText = ({ signal }: Evidence): string => cellText(signal);

function ofHeaviest(text: (evidence: Evidence) => string): (finding: Finding) => string {
  return ({ evidence: [heaviest] }) => (heaviest && cellText(text(heaviest))) || NONE;
}
