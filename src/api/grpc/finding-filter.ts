import type { Finding } from '../../core/mining/verdict/finding.ts';
import { RequestError } from './call-status.ts';
import type { FindingsRequest } from './view.ts';

const FULL_SCORE = 100;

/** Builds the filter of a request. */
export function findingFilter({
  namespace = '',
  pod = '',
  minScore = 0,
}: FindingsRequest): (finding: Finding) => boolean {
  if (minScore > FULL_SCORE)
    throw new RequestError(`min-score: got ${minScore}, want a score from 0 to ${FULL_SCORE}`);
  return (finding) =>
    (namespace === '' || finding.namespace === namespace) &&
    finding.pod.startsWith(pod) &&
    finding.score >= minScore;
}
