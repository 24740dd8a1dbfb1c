import { expect, test } from 'vitest';
import type { FlowEnd } from '../../flow/flow.ts';
import type { Sighting } from '../sighting.ts';
import { CaseBook } from './case-book.ts';
import type { PodFacts } from './pod-facts.ts';

const MINUTE = 60;
const WEB: FlowEnd = { namespace: 'shop', pod: 'web-0', container: 'app' };
const KNOWN: PodFacts = { kind: 'kubernetes', workload: 'web', mayMine: false };

function sighting(different: Partial<Sighting> = {}): Sighting {
  return { signal: 'randomx', cgroupId: 7, seconds: 1000, count: 3, detail: 'first', ...different };
}

const findingsOf = (book: CaseBook, seconds: number, facts: PodFacts | undefined = KNOWN) =>
  book.findings(seconds, () => facts);

test('a pod has one note per signal, regardless of the number of sightings', () => {
  const book = new CaseBook();
  for (let i = 0; i < 1000; i++)
    book.add(sighting({ seconds: 1000 + i, detail: `no. ${i}`, pid: i }), WEB);
  const [finding, ...others] = findingsOf(book, 2000);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    ...{ namespace: 'shop', pod: 'web-0', kind: 'kubernetes', workload: 'web' },
    ...{ score: 90, verdict: 'mining', firstSeconds: 1000, lastSeconds: 1999 },
    evidence: [{ signal: 'randomx', points: 90, count: 3000, detail: 'no. 999', pid: 999 }],
  });
  expect(finding?.evidence).toHaveLength(1);
});

test('points add up per pod; evidence is sorted by points and findings by score', () => {
  const book = new CaseBook();
  book.add(sighting({ signal: 'tireless_cpu' }), { ...WEB, pod: 'a' });
  book.add(sighting({ signal: 'tireless_cpu' }), WEB);
  book.add(sighting(), WEB);
  book.add(sighting({ signal: 'tireless_cpu' }), { ...WEB, namespace: 'edge', pod: 'z' });
  const findings = findingsOf(book, 1000);
  expect(findings.map(({ pod, score, verdict }) => [pod, score, verdict])).toEqual([
    ['web-0', 100, 'mining'],
    ['z', 20, 'noted'],
    ['a', 20, 'noted'],
  ]);
  expect(findings[0]?.evidence.map(({ signal }) => signal)).toEqual(['randomx', 'tireless_cpu']);
});

test('pods with the same displayed name are one, because their label is the same', () => {
  const book = new CaseBook();
  for (const pod of ['a\u001b', 'a\u009b']) book.add(sighting(), { ...WEB, pod });
  expect(findingsOf(book, 1000)).toMatchObject([{ evidence: [{ count: 6 }] }]);
});

test('thresholds decide the verdict', () => {
  const verdictAt = (suspicious: number, mining: number) => {
    const book = new CaseBook({ suspicious, mining });
    book.add(sighting(), WEB);
    return findingsOf(book, 1000)[0]?.verdict;
  };
  expect([verdictAt(50, 90), verdictAt(90, 91), verdictAt(91, 100)]).toEqual([
    'mining',
    'suspicious',
    'noted',
  ]);
});

test('a late sighting does not replace a newer one', () => {
  const book = new CaseBook();
  book.add(sighting({ seconds: 2000 }), WEB);
  book.add(sighting({ seconds: 1500 }), WEB);
  expect(findingsOf(book, 2000)[0]).toMatchObject({ lastSeconds: 2000 });
});

test('a finding fades, and is dropped without weight', () => {
  const book = new CaseBook();
  book.add(sighting({ seconds: 0 }), WEB);
  const scores = [15, 25, 35, 60, 79].map((at) => findingsOf(book, at * MINUTE)[0]?.score);
  expect(scores).toEqual([90, 45, 23, 4, 1]);
  expect(findingsOf(book, 81 * MINUTE)).toEqual([]);
  expect(findingsOf(book, 0)).toEqual([]);
});

test('a pod that is allowed to mine has evidence and no score, even after it is gone', () => {
  const book = new CaseBook();
  book.add(sighting(), WEB);
  const allowed = { score: 0, verdict: 'allowed', workload: 'web', evidence: [{ points: 90 }] };
  expect(findingsOf(book, 1000, { ...KNOWN, mayMine: true })).toMatchObject([allowed]);
  expect(book.findings(1001, () => undefined)).toMatchObject([allowed]);
});

test('a pod without facts is its own workload', () => {
  const book = new CaseBook();
  book.add(sighting(), WEB);
  expect(book.findings(1000, () => undefined)).toMatchObject([
    { kind: 'cgroup', workload: 'web-0', score: 90 },
  ]);
});

test('a flood of pods fills only its share of the book, and the rest is counted', () => {
  const book = new CaseBook();
  const kubelet = [{ of: 'kubelet', times: 8 }];
  for (let i = 0; i < 5000; i++) book.add(sighting(), { ...WEB, pod: `web-${i}` }, kubelet);
  const kept = findingsOf(book, 1000).length;
  expect(kept).toBeGreaterThan(800);
  expect(kept).toBeLessThan(900);
  expect(book.dropped).toBe(5000 - kept);
  book.add(sighting({ count: 1 }), { ...WEB, pod: 'web-0' }, kubelet);
  book.add(sighting(), { ...WEB, namespace: 'bank' }, kubelet);
  book.add(sighting(), { ...WEB, namespace: 'system.slice' }, [{ of: '/system.slice', times: 8 }]);
  expect(book.dropped).toBe(5000 - kept);
  findingsOf(book, 1000 + 1000 * MINUTE);
  book.add(sighting({ seconds: 61_000 }), { ...WEB, pod: 'web-4999' }, kubelet);
  expect(findingsOf(book, 61_000)).toMatchObject([{ pod: 'web-4999' }]);
});

test('a combination is separate evidence, so that the points add up to the score', () => {
  const book = new CaseBook();
  book.add(sighting({ signal: 'tireless_cpu', seconds: 1000 }), WEB);
  book.add(sighting({ signal: 'pool_flow', seconds: 1060, peer: '203.0.113.7', port: 443 }), WEB);
  for (const seconds of [1060, 1060 + 22 * MINUTE]) {
    const [finding] = findingsOf(book, seconds);
    const points = finding?.evidence.map((each) => each.points) ?? [];
    const sum = points.reduce((all, each) => all + each, 0);
    expect(Math.abs(sum - (finding?.score ?? 0))).toBeLessThanOrEqual(1);
  }
  expect(findingsOf(book, 1060)[0]).toMatchObject({
    ...{ score: 70, verdict: 'suspicious' },
    evidence: [
      {
        ...{ signal: 'mining_shape', points: 30, count: 1, firstSeconds: 1060, lastSeconds: 1060 },
        detail: 'pool_flow and tireless_cpu in one pod',
      },
      { signal: 'tireless_cpu', points: 20 },
      { signal: 'pool_flow', points: 20 },
    ],
  });
});

test('evidence follows a pod that is named later, and is merged', () => {
  const book = new CaseBook();
  const unnamed: FlowEnd = { namespace: '', pod: 'aaaa-1', container: 'app' };
  book.add(sighting({ seconds: 1000, detail: 'early' }), unnamed);
  book.add(sighting({ seconds: 1000, signal: 'argv' }), unnamed);
  expect(findingsOf(book, 1000)).toMatchObject([{ namespace: '', pod: 'aaaa-1' }]);
  book.add(sighting({ seconds: 1005, cgroupId: 8, detail: 'late' }), WEB);
  book.rename(() => WEB);
  const [finding, ...others] = findingsOf(book, 1005);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ namespace: 'shop', pod: 'web-0', firstSeconds: 1000 });
  expect(finding?.evidence).toMatchObject([
    { signal: 'randomx', count: 6, firstSeconds: 1000, lastSeconds: 1005, detail: 'late' },
    { signal: 'argv', count: 3 },
  ]);
});

test('evidence of a deleted pod stays under its last name', () => {
  const book = new CaseBook();
  book.add(sighting(), WEB);
  book.rename(() => undefined);
  expect(findingsOf(book, 1000)).toMatchObject([{ pod: 'web-0' }]);
});
