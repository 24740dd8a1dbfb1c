import type { Finding } from '../../core/mining/verdict/finding.ts';

/** Tells findings that say something else than before: another verdict, or by another signal. */
export class News {
  #saidByPod: ReadonlyMap<string, string> | undefined;

  /** Of all findings now; undefined for no news. The first are news, if there are none, too. */
  in(findings: readonly Finding[]): readonly Finding[] | undefined {
    const before = this.#saidByPod;
    const now = new Map(findings.map((each) => [keyOf(each), gistOf(each)] as const));
    this.#saidByPod = now;
    if (before === undefined) return findings;
    const fresh = findings.filter((each) => before.get(keyOf(each)) !== gistOf(each));
    return fresh.length > 0 ? fresh : undefined;
  }
}

const keyOf = ({ namespace, pod }: Finding): string => `${namespace}\0${pod}`;

function gistOf({ verdict, evidence }: Finding): string {
  return [verdict, ...evidence.map(({ signal }) => signal).sort()].join(' ');
}
