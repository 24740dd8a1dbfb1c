import type { FlowEnd } from '../flow.ts';
import { NewRows, type RingRow } from '../new-rows.ts';
import { parseAnswer } from './message.ts';
import { NameMemory } from './names.ts';

/** A DNS answer as it came, as far as the kernel kept it. */
export interface AnswerRecord extends RingRow {
  readonly cgroupId: number;
  readonly messageBytes: number;
  /** Its first `messageBytes` octets count. */
  readonly message: Uint8Array;
}

/** Who owns a cgroup; undefined where no pod does. */
export type OwnerOf = (cgroupId: number) => FlowEnd | undefined;

/** Takes each answer once, and remembers by which name its pod had asked. */
export class AnswerBook {
  readonly #names = new NameMemory();
  readonly #rows = new NewRows();

  /** The table as it is: what was taken before is still in it. */
  take(records: Iterable<AnswerRecord>, ownerOf: OwnerOf, nowNs: number): void {
    for (const { cgroupId, messageBytes, message } of this.#rows.of(records)) {
      const answer = parseAnswer(message.subarray(0, messageBytes));
      if (answer) this.#names.learn(keyOf(ownerOf(cgroupId)), answer, nowNs);
    }
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
