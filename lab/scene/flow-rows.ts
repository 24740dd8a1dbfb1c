import { AnswerBook, type AnswerRecord } from '../../src/core/dns/answers.ts';
import type { Flow } from '../../src/core/flow/flow.ts';
import { flowsOf } from '../../src/core/flow/flow-list.ts';
import type { FlowRecord, OpenConnection } from '../../src/core/flow/flow-record.ts';
import { noDirectory } from '../../src/core/flow/peer-directory.ts';

/** A flow and the cgroup that owns it; 0 if it outlived its cgroup. */
export interface CgroupFlow extends Flow {
  readonly cgroupId: number;
}

export function flowsByCgroup(
  records: readonly FlowRecord[],
  open: readonly OpenConnection[],
  answers: readonly AnswerRecord[],
): CgroupFlow[] {
  const nowNs = Number(process.hrtime.bigint());
  const ownerOf = (cgroupId: number) => ({
    namespace: 'test',
    pod: String(cgroupId),
    container: '',
  });
  const holderOf = String;
  const names = new AnswerBook();
  names.learn(answers, { ownerOf, holderOf }, nowNs);
  const flows = flowsOf(records, open, {
    nameOf: (owner, address) => names.nameOf(owner, address),
    classOf: () => 'internet',
    directory: noDirectory,
    workloadOf: ({ pod }) => pod,
    ownerOf,
    nowNs,
    secondsOf: (monotonicNs) => monotonicNs / 1e9,
  });
  return flows
    .map((flow) => ({ ...flow, cgroupId: Number(flow.pod) }))
    .sort((a, b) => b.sent.bytes + b.received.bytes - a.sent.bytes - a.received.bytes);
}
