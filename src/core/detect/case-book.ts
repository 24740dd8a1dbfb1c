import type { FlowEnd } from '../flow.ts';
import { type Evidence, type Finding, verdictOf } from './finding.ts';
import { pointsAt, scoreAt } from './score.ts';
import type { Sighting } from './sighting.ts';
import type { Signal } from './signal.ts';

/** What weighs less is forgotten. */
const LEAST_POINTS = 1;
/** Pods with evidence at a time. Who makes more pods look like miners has made its point. */
const MAX_CASES = 1000;

interface Note {
  readonly signal: Signal;
  count: number;
  readonly firstSeconds: number;
  lastSeconds: number;
  latest: Sighting;
  container: string;
}

interface Case {
  readonly namespace: string;
  readonly pod: string;
  readonly notes: Map<Signal, Note>;
}

export type IsAllowed = (pod: Pick<FlowEnd, 'namespace' | 'pod'>) => boolean;

/** Keeps what was seen of each pod for as long as it weighs: a note a signal, however often. */
export class CaseBook {
  readonly #cases = new Map<string, Case>();
  #unheard = 0;

  /** Sightings of more pods than are kept, ever since. */
  get unheard(): number {
    return this.#unheard;
  }

  add(sighting: Sighting, owner: FlowEnd): void {
    const found = this.#caseOf(owner);
    if (!found) {
      this.#unheard += 1;
      return;
    }
    const { signal, count, seconds } = sighting;
    const known = found.notes.get(signal);
    if (known) {
      known.count += count;
      known.lastSeconds = Math.max(known.lastSeconds, seconds);
      known.latest = sighting;
      known.container = owner.container;
      return;
    }
    found.notes.set(signal, {
      signal,
      count,
      firstSeconds: seconds,
      lastSeconds: seconds,
      latest: sighting,
      container: owner.container,
    });
  }

  /** What is held against whom, the highest score first; what has lost its weight is forgotten. */
  findings(nowSeconds: number, isAllowed: IsAllowed): Finding[] {
    const findings: Finding[] = [];
    for (const [key, { namespace, pod, notes }] of this.#cases) {
      for (const note of notes.values()) {
        if (pointsAt(note, nowSeconds) < LEAST_POINTS) notes.delete(note.signal);
      }
      if (notes.size === 0) this.#cases.delete(key);
      else findings.push(findingOf({ namespace, pod, notes }, nowSeconds, isAllowed));
    }
    return findings.sort((a, b) => b.score - a.score || compareNames(a, b));
  }

  #caseOf({ namespace, pod }: FlowEnd): Case | undefined {
    const key = `${namespace}\0${pod}`;
    const known = this.#cases.get(key);
    if (known || this.#cases.size >= MAX_CASES) return known;
    const opened: Case = { namespace, pod, notes: new Map() };
    this.#cases.set(key, opened);
    return opened;
  }
}

function findingOf(
  { namespace, pod, notes }: Case,
  nowSeconds: number,
  isAllowed: IsAllowed,
): Finding {
  const all = [...notes.values()];
  const mayMine = isAllowed({ namespace, pod });
  const score = mayMine ? 0 : Math.round(scoreAt(all, nowSeconds));
  return {
    namespace,
    pod,
    score,
    verdict: mayMine ? 'allowed' : verdictOf(score),
    firstSeconds: Math.min(...all.map(({ firstSeconds }) => firstSeconds)),
    lastSeconds: Math.max(...all.map(({ lastSeconds }) => lastSeconds)),
    evidence: all
      .map((note) => evidenceOf(note, nowSeconds))
      .sort((a, b) => b.points - a.points || a.firstSeconds - b.firstSeconds),
  };
}

function evidenceOf(note: Note, nowSeconds: number): Evidence {
  const { signal, count, firstSeconds, lastSeconds, latest, container } = note;
  const { detail, pid, command, peer, port } = latest;
  const points = Math.round(pointsAt(note, nowSeconds));
  const told = { signal, points, count, firstSeconds, lastSeconds, detail, container };
  return { ...told, pid, command, peer, port };
}

function compareNames(a: Finding, b: Finding): number {
  const [left, right] = [`${a.namespace}\0${a.pod}`, `${b.namespace}\0${b.pod}`];
  return left < right ? -1 : Number(left > right);
}
