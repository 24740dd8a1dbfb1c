import { findings, NOW_SECONDS } from '../../core/mining/findings.fixture.ts';
import type { FindingSnapshot } from './view.ts';

export const findingSnapshot: FindingSnapshot = {
  nodeName: 'n1',
  wallMs: NOW_SECONDS * 1000,
  isLooking: true,
  findings,
};
