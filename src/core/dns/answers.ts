import type { FlowEnd } from '../flow/flow.ts';
import { parseAnswer } from './message.ts';
import { NameMemory } from './names.ts';
import { NewRows, type RingRow } from './new-rows.ts';

/** A DNS answer as it came, as far as the kernel kept it. */
export interface AnswerRecord extends RingRow {
  readonly cgroupId: number;
  readonly messageBytes: number;
  /** Its first `messageBytes` octets count. */
  readonly message: Uint8Array;
}

/** What a cgroup asked DNS for, in the form of {@link DnsAnswer.name}. */
export interface AskedName {
  readonly cgroupId: number;
  readonly name: string;
}

/** Whose a cgroup is. */
export interface Owners {
  /** Undefined where no pod owns it. */
  readonly ownerOf: (cgroupId: number) => FlowEnd | undefined;
  /** Whose part of what is bounded it uses up. */
  readonly holderOf: (cgroupId: number) => string;
}

/** Takes each answer once, and remembers by which name its pod had asked. */
export class AnswerBook {
  readonly #names = new NameMemory();
  readonly #rows = new NewRows();

  /**
   * The table as it is: what was taken before is still in it. Returns the names of those that were
   * not.
   */
  take(records: Iterable<AnswerRecord>, { ownerOf, holderOf }: Owners, nowNs: number): AskedName[] {
    const asked: AskedName[] = [];
    for (const { cgroupId, messageBytes, message } of this.#rows.of(records)) {
      const answer = parseAnswer(message.subarray(0, messageBytes));
      if (!answer) continue;
      const asker = { owner: keyOf(ownerOf(cgroupId)), holder: holderOf(cgroupId) };
      this.#names.learn(asker, answer, nowNs);
      asked.push({ cgroupId, name: answer.name });
    }
    return asked;
  }

  /** The newest name by which a pod asked for an address. */
  nameOf(owner: FlowEnd | undefined, address: string): string | undefined {
    return this.#names.nameOf(keyOf(owner), address) || undefined;
  }
}

/** Containers of a pod have their addresses in common, and often their resolver. */
function keyOf(owner: FlowEnd | undefined): string {
  return owner ? `${owner.namespace}\0${owner.pod}` : '';
}
