import type { FlowEnd } from '../flow/flow.ts';
import { parseAnswer } from './message.ts';
import { NameMemory } from './name-memory.ts';
import { NewRows, type RingRow } from './new-rows.ts';

/** A DNS answer, as much of it as the kernel stored. */
export interface AnswerRecord extends RingRow {
  readonly cgroupId: number;
  readonly messageBytes: number;
  /** Only its first `messageBytes` octets are valid. */
  readonly message: Uint8Array;
}

/** A name that a cgroup resolved by DNS, in the form of {@link DnsAnswer.name}. */
export interface QueriedName {
  readonly cgroupId: number;
  readonly name: string;
}

/** Ownership of cgroups. */
export interface Owners {
  /** Undefined if no pod owns the cgroup. */
  readonly ownerOf: (cgroupId: number) => FlowEnd | undefined;
  /** The holder whose share of limited resources it uses. */
  readonly holderOf: (cgroupId: number) => string;
}

/** Reads each answer once, and remembers the name that its pod queried. */
export class AnswerBook {
  readonly #names = new NameMemory();
  readonly #rows = new NewRows();

  /** The table still contains answers of earlier reads. Returns the names in the new ones. */
  learn(
    records: Iterable<AnswerRecord>,
    { ownerOf, holderOf }: Owners,
    nowNs: number,
  ): QueriedName[] {
    const queried: QueriedName[] = [];
    for (const { cgroupId, messageBytes, message } of this.#rows.of(records)) {
      const answer = parseAnswer(message.subarray(0, messageBytes));
      if (!answer) continue;
      const querier = { owner: keyOf(ownerOf(cgroupId)), holder: holderOf(cgroupId) };
      this.#names.learn(querier, answer, nowNs);
      queried.push({ cgroupId, name: answer.name });
    }
    return queried;
  }

  /** The newest name that a pod resolved to an address. */
  nameOf(owner: FlowEnd | undefined, address: string): string | undefined {
    return this.#names.nameOf(keyOf(owner), address) || undefined;
  }
}

/** Containers of a pod share its addresses, and often its resolver. */
function keyOf(owner: FlowEnd | undefined): string {
  return owner ? `${owner.namespace}\0${owner.pod}` : '';
}
