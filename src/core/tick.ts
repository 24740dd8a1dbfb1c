import type { Flow } from './flow/flow.ts';
import { flowsOf } from './flow/flow-list.ts';
import type { Judge } from './judge.ts';
import { lazily } from './lazily.ts';
import type { Attribution, Ledger } from './ledger/ledger.ts';
import type { Finding } from './mining/verdict/finding.ts';
import type { Reading } from './reading/reading.ts';
import type { Snapshot } from './snapshot.ts';

/** The components that a tick passes through. Both keep state between ticks. */
export interface TickSteps {
  readonly nodeName: string;
  readonly ledger: Ledger;
  readonly judges: readonly Judge<Finding>[];
}

/** The result of one tick. */
export interface Tick {
  readonly snapshot: Snapshot;
  /** Created at the first call, with the names known then, because few callers need it. */
  readonly connections: () => readonly Flow[];
}

/** Attributes a reading to pods, judges it, and creates the snapshot. */
export function runTick(
  { nodeName, ledger, judges }: TickSteps,
  reading: Reading,
  attribution: Attribution,
): Tick {
  const attributed = ledger.attribute(reading, attribution);
  const judgments = judges.map((each) => each.judge(reading, attributed));
  const { wallMs, monotonicNs, hasPackets, runs, maps } = reading;
  return {
    snapshot: {
      ...{ nodeName, wallMs, monotonicNs, hasPackets },
      ...attributed.usage,
      findings: judgments.flatMap(({ findings }) => findings).sort((a, b) => b.score - a.score),
      lost: [...reading.lost, ...judgments.flatMap(({ lost }) => lost)],
      ...{ runs, maps },
    },
    connections: lazily(() => flowsOf(reading.flow, reading.connection, attributed)),
  };
}
