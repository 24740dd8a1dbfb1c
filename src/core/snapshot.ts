import type { NodeUsage } from './ledger/node-usage.ts';
import type { Finding } from './mining/verdict/finding.ts';
import type { Loss, MapFill, ProgramRuns } from './reading/reading.ts';

/** The node at one time. Plain, immutable data. */
export interface Snapshot extends NodeUsage {
  readonly wallMs: number;
  readonly monotonicNs: number;
  readonly nodeName: string;
  /** Without packets, network and DNS figures are zero. With packets, TCP payload is not summed. */
  readonly hasPackets: boolean;
  /** Mining evidence by pod, the highest score first. */
  readonly findings: readonly Finding[];
  readonly runs: readonly ProgramRuns[];
  readonly lost: readonly Loss[];
  readonly maps: readonly MapFill[];
}
