import type { Finding } from '../../core/mining/verdict/finding.ts';

/** Filters findings whose verdict or signals changed. */
export class News {
  #gistByPod: ReadonlyMap<string, string> | undefined;

  /** The changed findings, or undefined. The first call returns all of them, even none. */
  in(findings: readonly Finding[]): readonly Finding[] | undefined {
    const before = this.#gistByPod;
    const now = new Map(findings.map((each) => [keyOf(each), gistOf(each)] as const));
    this.#gistByPod = now;
    if (before === undefined) return findings;
    const fresh = findings.filter((each) => before.get(keyOf(each)) !== gistOf(each));
    return fresh.length > 0 ? fresh : undefined;
  }
}

const keyOf = ({ namespace, pod }: Finding): string => `${namespace}\0${pod}`;

function gistOf({ verdict, evidence }: Finding): string {
  return [verdict, ...evidence.map(({ signal }) => signal).sort()].join(' ');
}
