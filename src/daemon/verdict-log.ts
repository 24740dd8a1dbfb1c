import type { Finding } from '../core/mining/verdict/finding.ts';
import { cutText } from '../core/text/safe-text.ts';
import type { Log } from '../log.ts';

const MINUTE_MS = 60_000;
/** A fall is told when it has lasted so long, and not at all if the score is back by then. */
const QUIET_MS = 10 * MINUTE_MS;
/** So many lines a minute at most: what does not fit in is told in the next one, if it lasts. */
const LINES_A_MINUTE = 30;
/** Far more than any name of Kubernetes or signal has. */
const NAME_CHARACTERS = 253;

interface Told {
  readonly rank: number;
  /** When it was last seen at that. */
  atMs: number;
}

/** Logs when the score of a pod crosses a threshold: a warning on its way up, news on its way down. */
export class VerdictLog {
  readonly #log: Log;
  readonly #toldByPod = new Map<string, Told>();
  #minuteMs = Number.NEGATIVE_INFINITY;
  #lines = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Of all findings, once a snapshot. */
  take(findings: readonly Finding[], nowMs: number): void {
    const gone = new Set(this.#toldByPod.keys());
    for (const finding of findings) {
      gone.delete(keyOf(finding));
      this.#look(finding, nowMs);
    }
    // Its evidence has lost all its weight, below every threshold.
    for (const key of gone) this.#toldByPod.delete(key);
  }

  #look(finding: Finding, nowMs: number): void {
    const rank = RANKS[finding.verdict];
    const told = this.#toldByPod.get(keyOf(finding)) ?? { rank: 0, atMs: nowMs };
    if (rank === told.rank) {
      told.atMs = nowMs;
      return;
    }
    const isRise = rank > told.rank;
    if (!isRise && nowMs - told.atMs < QUIET_MS) return;
    if (!this.#hasRoom(nowMs)) return;
    this.#tell(finding, isRise);
    if (rank === 0) this.#toldByPod.delete(keyOf(finding));
    else this.#toldByPod.set(keyOf(finding), { rank, atMs: nowMs });
  }

  #hasRoom(nowMs: number): boolean {
    if (nowMs - this.#minuteMs >= MINUTE_MS) [this.#minuteMs, this.#lines] = [nowMs, 0];
    this.#lines += 1;
    return this.#lines <= LINES_A_MINUTE;
  }

  #tell(finding: Finding, isRise: boolean): void {
    const { score, verdict, evidence } = finding;
    const [namespace, pod] = [finding.namespace, finding.pod].map((name) =>
      cutText(name, NAME_CHARACTERS),
    );
    const told = { namespace, pod, score, verdict, signals: evidence.map(({ signal }) => signal) };
    const name = namespace ? `${namespace}/${pod}` : pod;
    if (isRise) this.#log.warn(told, `${name} ${RISEN[verdict]}: vigia findings tells why`);
    else this.#log.info(told, `what speaks for mining in ${name} has lost weight`);
  }
}

const RISEN: Readonly<Record<Finding['verdict'], string>> = {
  mining: 'is mining, as it seems',
  suspicious: 'may be mining',
  noted: '',
  allowed: '',
};

/** How many thresholds a finding is above, that of `noted` aside. One that may mine is above none. */
const RANKS: Readonly<Record<Finding['verdict'], number>> = {
  mining: 2,
  suspicious: 1,
  noted: 0,
  allowed: 0,
};

function keyOf({ namespace, pod }: Finding): string {
  return `${namespace}\0${pod}`;
}
