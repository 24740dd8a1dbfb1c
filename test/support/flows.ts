import type { Flow } from '../../src/core/flow.ts';
import type { FlowRecord, OpenConnection } from '../../src/core/flow-reading.ts';
import { flowsOf } from '../../src/core/flows.ts';

/** A flow, by the cgroup that it belongs to; 0 for what outlived its cgroup. */
export interface CgroupFlow extends Flow {
  readonly cgroupId: number;
}

export function flowsByCgroup(
  records: readonly FlowRecord[],
  open: readonly OpenConnection[],
): CgroupFlow[] {
  const flows = flowsOf(records, open, {
    nameOf: () => undefined,
    classOf: () => 'internet',
    ownerOf: (cgroupId) => ({ namespace: 'test', pod: String(cgroupId), container: '' }),
    nowNs: Number(process.hrtime.bigint()),
    secondsOf: (monotonicNs) => monotonicNs / 1e9,
  });
  return flows
    .map((flow) => ({ ...flow, cgroupId: Number(flow.pod) }))
    .sort((a, b) => b.sent.bytes + b.received.bytes - a.sent.bytes - a.received.bytes);
}
