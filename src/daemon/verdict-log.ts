import type { Finding } from '../core/mining/verdict/finding.ts';
import { cutText } from '../core/text/safe-text.ts';
import type { Log } from '../log.ts';

const MINUTE_MS = 60_000;
/** A lower verdict is logged only after it has lasted this long. */
const QUIET_MS = 10 * MINUTE_MS;
/** Limit per minute. Verdicts beyond it are logged in the next minute, if they still hold. */
const LINES_A_MINUTE = 30;
/** Longest name of Kubernetes. */
const NAME_CHARACTERS = 253;

interface Logged {
  readonly rank: number;
  /** When the pod last had this rank. */
  atMs: number;
}

/** Logs when a pod's score crosses a threshold: a warning on the way up, an info on the way down. */
export class VerdictLog {
  readonly #log: Log;
  readonly #loggedByPod = new Map<string, Logged>();
  #minuteMs = Number.NEGATIVE_INFINITY;
  #lines = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Call once per snapshot, with all findings. */
  observe(findings: readonly Finding[], nowMs: number): void {
    const gone = new Set(this.#loggedByPod.keys());
    for (const finding of findings) {
      gone.delete(keyOf(finding));
      this.#observeOne(finding, nowMs);
    }
    // Their evidence has expired, so their score is below every threshold.
    for (const key of gone) this.#loggedByPod.delete(key);
  }

  #observeOne(finding: Finding, nowMs: number): void {
    const rank = RANKS[finding.verdict];
    const logged = this.#loggedByPod.get(keyOf(finding)) ?? { rank: 0, atMs: nowMs };
    if (rank === logged.rank) {
      logged.atMs = nowMs;
      return;
    }
    const isRise = rank > logged.rank;
    if (!isRise && nowMs - logged.atMs < QUIET_MS) return;
    if (!this.#hasRoom(nowMs)) return;
    this.#write(finding, isRise);
    if (rank === 0) this.#loggedByPod.delete(keyOf(finding));
    else this.#loggedByPod.set(keyOf(finding), { rank, atMs: nowMs });
  }

  #hasRoom(nowMs: number): boolean {
    if (nowMs - this.#minuteMs >= MINUTE_MS) [this.#minuteMs, this.#lines] = [nowMs, 0];
    this.#lines += 1;
    return this.#lines <= LINES_A_MINUTE;
  }

  #write(finding: Finding, isRise: boolean): void {
    const { score, verdict, evidence } = finding;
    const [namespace, pod] = [finding.namespace, finding.pod].map((name) =>
      cutText(name, NAME_CHARACTERS),
    );
    const about = { namespace, pod, score, verdict, signals: evidence.map(({ signal }) => signal) };
    const name = namespace ? `${namespace}/${pod}` : pod;
    if (isRise)
      this.#log.warn(about, `${name} ${RISEN[verdict]}; run vigia findings for the evidence`);
    else this.#log.info(about, `the mining score of ${name} fell to ${score}`);
  }
}

const RISEN: Readonly<Record<Finding['verdict'], string>> = {
  mining: 'appears to be mining',
  suspicious: 'may be mining',
  noted: '',
  allowed: '',
};

/** Number of thresholds that a finding has reached. An allowed one never counts. */
const RANKS: Readonly<Record<Finding['verdict'], number>> = {
  mining: 2,
  suspicious: 1,
  noted: 0,
  allowed: 0,
};

function keyOf({ namespace, pod }: Finding): string {
  return `${namespace}\0${pod}`;
}
