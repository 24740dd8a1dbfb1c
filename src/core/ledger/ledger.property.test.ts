import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PodName } from '../place/pod-name.ts';
import { reading, retired, row } from '../reading/reading.fixture.ts';
import type { CgroupUsage } from '../reading/reading.ts';
import { FIGURES_END, type Figures, noFigures, usageOf, writeFigures } from '../usage/figures.ts';
import type { BookedUsage, Usage } from '../usage/usage.ts';
import { Ledger } from './ledger.ts';
import type { NodeUsage } from './node-usage.ts';

const UIDS = ['aaaa', 'bbbb'];
const IDS = ['1', '2', '3'].map((digit) => digit.repeat(64));
const PATHS = [
  undefined,
  '/system.slice/a.service',
  '/system.slice/a.service/below',
  ...UIDS.flatMap((uid) => [
    `/kubepods/pod${uid}`,
    ...IDS.slice(0, 2).map((id) => `/kubepods/pod${uid}/${id}`),
  ]),
  ...IDS.map((id) => `/system.slice/crio-conmon-${id}.scope`),
  `/k8s.io/${IDS[2]}`,
  `/k8s.io/${IDS[2]}/below`,
];

const who = fc.nat(9);
const path = fc.nat(PATHS.length - 1);
const amount = fc.oneof(fc.nat(1000), fc.nat(2 ** 40));
const deed = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant('birth' as const), path }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('use' as const), who, amount }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('death' as const), who }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('reap' as const), who }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('name' as const), uid: fc.nat(1), pod: fc.nat(1) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('tell' as const), uid: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('learn' as const), who, path }) },
);
type Deed = typeof deed extends fc.Arbitrary<infer One> ? One : never;
/** An event, and whether the daemon reads after it. */
const story = fc.array(fc.tuple(deed, fc.boolean()), { minLength: 5, maxLength: 60 });

interface Cgroup {
  readonly id: number;
  readonly figures: Figures;
  path: string | undefined;
  diedNs: number;
  isSeenDead: boolean;
}

/**
 * The kernel's side: rows that only grow, end, and move to the retired row after their end was
 * read.
 */
class Kernel {
  readonly cgroups: Cgroup[] = [];
  readonly retired = noFigures();
  readonly names = new Map<string, PodName>();
  readonly uids = new Map<string, string>();
  #nextId = 100;

  birth(path: string | undefined): void {
    const id = this.#nextId++;
    this.cgroups.push({ id, figures: noFigures(), path, diedNs: 0, isSeenDead: false });
  }

  use(who: number, amount: number): void {
    const cgroup = this.at(who);
    if (cgroup?.diedNs !== 0) return;
    for (let i = amount % 3; i < FIGURES_END; i += 1 + (amount % 2)) {
      cgroup.figures[i] = (cgroup.figures[i] ?? 0) + amount + i;
    }
  }

  reap(who: number): void {
    const cgroup = this.at(who);
    if (!cgroup?.isSeenDead) return;
    for (let i = 0; i < FIGURES_END; i++) {
      this.retired[i] = (this.retired[i] ?? 0) + (cgroup.figures[i] ?? 0);
    }
    this.cgroups.splice(this.cgroups.indexOf(cgroup), 1);
  }

  /** The API reports a container and its pod. A container never changes its pod. */
  tell(uid: string, containerId: string): void {
    if (this.uids.has(containerId)) return;
    this.uids.set(containerId, uid);
    if (!this.names.has(uid)) this.names.set(uid, nameOf(0));
  }

  at(who: number): Cgroup | undefined {
    return this.cgroups[who % Math.max(1, this.cgroups.length)];
  }

  rows(): CgroupUsage[] {
    for (const cgroup of this.cgroups) cgroup.isSeenDead ||= cgroup.diedNs !== 0;
    return [
      { ...retired(), ...usageOf(this.retired) },
      ...this.cgroups.map(({ id, diedNs, figures }) => ({
        ...row({ cgroupId: id, diedNs, bornNs: id }),
        ...usageOf(figures),
      })),
    ];
  }
}

function look(kernel: Kernel, ledger: Ledger): NodeUsage {
  const paths = new Map(kernel.cgroups.map(({ id, path }) => [id, path]));
  const { usage } = ledger.attribute(reading(kernel.rows()), {
    pathOf: (id) => paths.get(id),
    names: { nameOf: (uid) => kernel.names.get(uid), uidOf: (id) => kernel.uids.get(id) },
    classOf: () => 'internet',
    throttledNsOf: () => undefined,
  });
  return usage;
}

function play(kernel: Kernel, one: Deed) {
  if (one.does === 'birth') kernel.birth(PATHS[one.path]);
  if (one.does === 'use') kernel.use(one.who, one.amount);
  if (one.does === 'reap') kernel.reap(one.who);
  const cgroup = 'who' in one ? kernel.at(one.who) : undefined;
  if (one.does === 'death' && cgroup) cgroup.diedNs = 1;
  if (one.does === 'learn' && cgroup) cgroup.path ??= PATHS[one.path];
  if (one.does === 'tell') kernel.tell(UIDS[one.uid] ?? '', IDS[2] ?? '');
  if (one.does === 'name') kernel.names.set(UIDS[one.uid] ?? '', nameOf(one.pod));
}

const nameOf = (pod: number): PodName => ({
  namespace: 'shop',
  pod: `web-${pod}`,
  hostNetwork: false,
  ownerKind: '',
  ownerName: '',
  containers: new Map([
    [IDS[0] ?? '', 'app'],
    [IDS[1] ?? '', 'app'],
    [IDS[2] ?? '', 'side'],
  ]),
});

function sum(usages: readonly (Usage & Partial<BookedUsage>)[]): Figures {
  const total = noFigures();
  const one = noFigures();
  for (const usage of usages) {
    writeFigures(usage, one);
    for (let i = 0; i < FIGURES_END; i++) total[i] = (total[i] ?? 0) + (one[i] ?? 0);
  }
  return total;
}

function expectConserved(kernel: Kernel, snapshot: NodeUsage): void {
  const parts = [
    ...snapshot.pods.map((pod) => pod.usage),
    snapshot.unattributed,
    ...snapshot.endedByNamespace.map((ended) => ended.usage),
  ];
  expect(sum(parts)).toEqual(sum([snapshot.node]));
  expect(sum([snapshot.node])).toEqual(sum(kernel.rows()));
}

/** Series by labels. */
function seriesOf(snapshot: NodeUsage): Map<string, Figures> {
  const series = new Map<string, Figures>();
  series.set('unattributed', sum([snapshot.unattributed]));
  for (const one of snapshot.endedByNamespace) {
    series.set(`ended/${one.namespace}`, sum([one.usage]));
  }
  for (const pod of snapshot.pods) {
    const key = `${pod.namespace}/${pod.pod}`;
    const { network, tcp, dns, evidenceLost, egress, ingress } = pod.usage;
    expect(series.has(key)).toBe(false);
    const { cpu } = usageOf(noFigures());
    series.set(key, sum([{ cpu, network, tcp, dns, evidenceLost, egress, ingress }]));
    for (const { container, cpu } of pod.containers) {
      expect(series.has(`${key}/${container}`)).toBe(false);
      series.set(`${key}/${container}`, sum([{ ...usageOf(noFigures()), cpu }]));
    }
  }
  return series;
}

function expectNoStepBack(before: Map<string, Figures>, after: Map<string, Figures>): void {
  for (const [name, figures] of after) {
    const previous = before.get(name);
    if (!previous) continue;
    for (let i = 0; i < FIGURES_END; i++) {
      if ((figures[i] ?? 0) < (previous[i] ?? 0)) throw new Error(`${name} stepped back`);
    }
  }
}

test('under creation, end, restart, rename and reap, sums agree and nothing decreases', () => {
  fc.assert(
    fc.property(story, (deeds) => {
      const kernel = new Kernel();
      const ledger = new Ledger();
      let before = new Map<string, Figures>();
      for (const [one, isSeen] of deeds) {
        play(kernel, one);
        if (!isSeen) continue;
        const snapshot = look(kernel, ledger);
        expectConserved(kernel, snapshot);
        const after = seriesOf(snapshot);
        expectNoStepBack(before, after);
        before = after;
      }
    }),
    { numRuns: 400 },
  );
});

test('a restarted daemon keeps the sums: figures of what ended before are under namespace ""', () => {
  fc.assert(
    fc.property(story, story, (first, second) => {
      const kernel = new Kernel();
      for (const deeds of [first, second]) {
        const ledger = new Ledger();
        for (const [one, isSeen] of deeds) {
          play(kernel, one);
          if (isSeen) look(kernel, ledger);
        }
        expectConserved(kernel, look(kernel, ledger));
      }
    }),
  );
});
