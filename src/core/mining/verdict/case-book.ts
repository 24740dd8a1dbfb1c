import type { FlowEnd } from '../../flow/flow.ts';
import { FairShare, type Share, sharesByName } from '../../sharing/fair-share.ts';
import { nameKey } from '../../text/safe-text.ts';
import type { Sighting } from '../sighting.ts';
import { MINING_SHAPE, SIGNALS, type Signal } from '../signal.ts';
import { type Evidence, type Finding, type Thresholds, VERDICTS, verdictOf } from './finding.ts';
import type { FactsOf, PodFacts } from './pod-facts.ts';
import { miningShapeAt, pointsAt, type ShapeMatch, scoreAt } from './score.ts';

/** A signal with fewer points is dropped. */
const LEAST_POINTS = 1;
/** Maximum number of pods with evidence at a time. */
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
  /** From the first sighting. Identifies the pod if its name changes. */
  readonly cgroupId: number;
  readonly notes: Map<Signal, Note>;
  readonly shares: readonly Share[];
  /** The last known facts: a case may outlive its pod. */
  facts: PodFacts;
}

/** Keeps the evidence of each pod for as long as it has weight: one note per signal. */
export class CaseBook {
  readonly #cases = new Map<string, Case>();
  readonly #slots = new FairShare(MAX_CASES);
  readonly #thresholds: Thresholds;
  #dropped = 0;

  constructor(thresholds: Thresholds = VERDICTS) {
    this.#thresholds = thresholds;
  }

  /** Sightings that were dropped because the book was full, since start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** `shares`: the shares of the limit on cases that this owner uses. */
  add(sighting: Sighting, owner: FlowEnd, shares: readonly Share[] = []): void {
    const found = this.#caseOf(owner, sighting.cgroupId, shares);
    if (!found) {
      this.#dropped += 1;
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

  /** A pod is known by its UID until the Kubernetes API provides its name. */
  rename(ownerOf: (cgroupId: number) => FlowEnd | undefined): void {
    for (const [key, opened] of this.#cases) {
      const { cgroupId, notes, shares } = opened;
      const owner = ownerOf(cgroupId);
      if (!owner || nameKey(owner.namespace, owner.pod) === key) continue;
      this.#forget(key, opened);
      const found = this.#caseOf(owner, cgroupId, shares.slice(0, 1));
      for (const note of notes.values()) if (found) merge(note, found.notes);
    }
  }

  /** Sorted by score, highest first. Drops evidence that has lost its weight. */
  findings(nowSeconds: number, factsOf: FactsOf): Finding[] {
    const findings: Finding[] = [];
    for (const [key, opened] of this.#cases) {
      const { notes } = opened;
      for (const note of notes.values()) {
        if (pointsAt(note, nowSeconds) < LEAST_POINTS) notes.delete(note.signal);
      }
      opened.facts = factsOf(opened) ?? opened.facts;
      if (notes.size === 0) this.#forget(key, opened);
      else findings.push(findingOf(opened, this.#thresholds, nowSeconds));
    }
    return findings.sort((a, b) => b.score - a.score || compareNames(a, b));
  }

  #forget(key: string, { shares }: Case): void {
    this.#cases.delete(key);
    this.#slots.release(1, shares);
  }

  #caseOf(
    { namespace, pod }: FlowEnd,
    cgroupId: number,
    outer: readonly Share[],
  ): Case | undefined {
    const key = nameKey(namespace, pod);
    const known = this.#cases.get(key);
    if (known) return known;
    const shares = sharesByName(outer, namespace, pod);
    if (!this.#slots.hasRoom(1, shares)) return undefined;
    this.#slots.reserve(1, shares);
    const facts: PodFacts = { kind: 'cgroup', workload: pod, mayMine: false };
    const opened: Case = { namespace, pod, cgroupId, notes: new Map(), shares, facts };
    this.#cases.set(key, opened);
    return opened;
  }
}

function merge(note: Note, notes: Map<Signal, Note>): void {
  const known = notes.get(note.signal);
  const [older, newer] =
    known && known.lastSeconds > note.lastSeconds ? [note, known] : [known, note];
  notes.set(note.signal, {
    ...newer,
    count: note.count + (known?.count ?? 0),
    firstSeconds: Math.min(newer.firstSeconds, older?.firstSeconds ?? newer.firstSeconds),
  });
}

function findingOf(
  { namespace, pod, notes, facts }: Case,
  thresholds: Thresholds,
  nowSeconds: number,
): Finding {
  const all = [...notes.values()];
  const { kind, workload, mayMine } = facts;
  const score = mayMine ? 0 : Math.round(scoreAt(all, nowSeconds));
  const shape = miningShapeAt(all, nowSeconds);
  return {
    namespace,
    pod,
    kind,
    workload,
    score,
    verdict: mayMine ? 'allowed' : verdictOf(score, thresholds),
    firstSeconds: Math.min(...all.map(({ firstSeconds }) => firstSeconds)),
    lastSeconds: Math.max(...all.map(({ lastSeconds }) => lastSeconds)),
    evidence: [
      ...all.map((note) => evidenceOf(note, nowSeconds)),
      ...(shape ? [shapeEvidenceOf(shape)] : []),
    ].sort((a, b) => b.points - a.points || a.firstSeconds - b.firstSeconds),
  };
}

function evidenceOf(note: Note, nowSeconds: number): Evidence {
  const { signal, count, firstSeconds, lastSeconds, latest, container } = note;
  const { detail, pid, command, peer, port } = latest;
  const { says } = SIGNALS[signal];
  const points = Math.round(pointsAt(note, nowSeconds));
  const evidence = { signal, says, points, count, firstSeconds, lastSeconds, detail, container };
  return { ...evidence, pid, command, peer, port };
}

/** It lasts from the start of its last signal to the end of its first. */
function shapeEvidenceOf({ points, parts }: ShapeMatch<Note>): Evidence {
  const began = Math.max(...parts.map(({ firstSeconds }) => firstSeconds));
  const ended = Math.min(...parts.map(({ lastSeconds }) => lastSeconds));
  return {
    signal: MINING_SHAPE.name,
    says: MINING_SHAPE.says,
    points: Math.round(points),
    count: 1,
    firstSeconds: began,
    lastSeconds: Math.max(began, ended),
    detail: `${parts.map(({ signal }) => signal).join(' and ')} in one pod`,
    container: '',
    pid: undefined,
    command: undefined,
    peer: undefined,
    port: undefined,
  };
}

function compareNames(a: Finding, b: Finding): number {
  const [left, right] = [`${a.namespace}\0${a.pod}`, `${b.namespace}\0${b.pod}`];
  return left < right ? -1 : Number(left > right);
}
