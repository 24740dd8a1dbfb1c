import { describe, expect, test } from 'vitest';
import { Ledger } from './ledger.ts';
import { noNames, type PodName } from './names.ts';
import { loopback, reading, rest, retired, row } from './reading.fixture.ts';
import type { CgroupUsage, Reading } from './reading.ts';
import type { PodUsage, Snapshot } from './snapshot.ts';

const UID = '6f1d5b2a-0c3e-4d5f-8a9b-0123456789ab';
const OTHER_UID = '7f1d5b2a-0c3e-4d5f-8a9b-0123456789ab';
const ID = '0123456789ab'.padEnd(64, 'c');
const NEXT_ID = 'ba9876543210'.padEnd(64, 'd');

/** Paths by cgroup id. */
const PATHS: Readonly<Record<number, string>> = {
  10: '/system.slice/web.service',
  11: '/system.slice/web.service',
  12: '/system.slice/web.service/worker',
  20: `/kubepods/burstable/pod${UID}`,
  21: `/kubepods/burstable/pod${UID}/${ID}`,
  22: `/kubepods/burstable/pod${UID}/${NEXT_ID}`,
  31: `/kubepods/burstable/pod${OTHER_UID}/${NEXT_ID}`,
};

class Story {
  readonly ledger = new Ledger({ nodeName: 'n1' });
  readonly names = new Map<string, PodName>();
  readonly paths = new Map(Object.entries(PATHS).map(([id, path]) => [Number(id), path]));
  readonly throttled = new Map<string, number>();

  see(rows: readonly CgroupUsage[], told: Partial<Reading> = {}): Snapshot {
    return this.ledger.update(reading(rows, told), {
      pathOf: (id) => this.paths.get(id),
      names: { nameOf: (uid) => this.names.get(uid) ?? noNames.nameOf(uid) },
      classOf: () => 'internet',
      throttledNsOf: (path) => this.throttled.get(path),
    });
  }
}

const used = (cgroupId: number, oncpuNs: number, more: { diedNs?: number; bytes?: number } = {}) =>
  row({
    cgroupId,
    bornNs: 1_000e9 + cgroupId * 1e9,
    diedNs: more.diedNs ?? 0,
    cpu: { oncpuNs },
    transmit: [[more.bytes ?? 0, 0]],
  });

function podOf(snapshot: Snapshot, pod: string): PodUsage {
  const found = snapshot.pods.filter((one) => one.pod === pod);
  expect(found.map((one) => one.pod)).toEqual([pod]);
  return found[0] as PodUsage;
}

const cpuOf = (snapshot: Snapshot, pod: string) => podOf(snapshot, pod).usage.cpu.oncpuNs;
const bytesOf = (snapshot: Snapshot, pod: string) =>
  podOf(snapshot, pod).usage.network.transmit[0]?.bytes;
const endedOf = (snapshot: Snapshot, namespace: string) =>
  snapshot.endedByNamespace.find((one) => one.namespace === namespace)?.usage;

describe('a row is attributed', () => {
  test('to the pod of its path, nested cgroups included', () => {
    const snapshot = new Story().see([used(10, 5), used(12, 7)]);

    expect(cpuOf(snapshot, 'web.service')).toBe(12);
    expect(snapshot.node.cpu.oncpuNs).toBe(12);
  });

  test('to nobody without a path, and what it used by then stays there', () => {
    const story = new Story();
    expect(story.see([used(99, 5)]).unattributed.cpu.oncpuNs).toBe(5);

    story.paths.set(99, '/late/name');
    const snapshot = story.see([used(99, 7)]);
    expect(snapshot.unattributed.cpu.oncpuNs).toBe(5);
    expect(cpuOf(snapshot, 'name')).toBe(2);
  });

  test('to nobody when it is the rest row, and loopback to no sum', () => {
    const snapshot = new Story().see([
      rest({ cpu: { oncpuNs: 3 } }),
      loopback({ receive: [[100, 1]] }),
    ]);

    expect(snapshot.unattributed.cpu.oncpuNs).toBe(3);
    expect(snapshot.node.network.receive[0]).toEqual({ bytes: 0, packets: 0 });
    expect(snapshot.loopback.receive[0]).toEqual({ bytes: 100, packets: 1 });
  });
});

describe('a counter never steps back', () => {
  test('when a row is read unstably', () => {
    const story = new Story();
    story.see([used(10, 100)]);

    const snapshot = story.see([used(10, 90)]);
    expect(cpuOf(snapshot, 'web.service')).toBe(100);
    expect(snapshot.node.cpu.oncpuNs).toBe(100);
  });

  test('when a unit restarts and its first row is reaped', () => {
    const story = new Story();
    story.see([used(10, 100, { bytes: 9 })]);
    story.see([used(10, 110, { diedNs: 1, bytes: 9 }), used(11, 5)]);
    const snapshot = story.see([
      retired({ cpu: { oncpuNs: 110 }, transmit: [[9, 0]] }),
      used(11, 6, { bytes: 1 }),
    ]);

    expect(cpuOf(snapshot, 'web.service')).toBe(116);
    expect(bytesOf(snapshot, 'web.service')).toBe(10);
    expect(snapshot.node.cpu.oncpuNs).toBe(116);
    expect(endedOf(snapshot, '')?.cpu.oncpuNs).toBe(0);
  });

  test('when a container is reaped while its pod lives on: the pod keeps the bytes', () => {
    const story = new Story();
    story.see([used(20, 0), used(21, 100, { bytes: 9, diedNs: 1 }), used(22, 1)]);
    const snapshot = story.see([
      retired({ cpu: { oncpuNs: 100 }, transmit: [[9, 0]] }),
      used(20, 0),
      used(22, 2),
    ]);

    expect(bytesOf(snapshot, UID)).toBe(9);
    expect(cpuOf(snapshot, UID)).toBe(2);
    expect(endedOf(snapshot, '')?.cpu.oncpuNs).toBe(100);
    expect(snapshot.node.cpu.oncpuNs).toBe(102);
  });

  test('when a living row is missing from a reading', () => {
    const story = new Story();
    story.see([used(10, 100)]);
    const missed = story.see([]);
    expect(cpuOf(missed, 'web.service')).toBe(100);
    expect(cpuOf(story.see([used(10, 101)]), 'web.service')).toBe(101);
  });
});

describe('what ended', () => {
  test('is shown as a pod until its row is reaped, then in its namespace', () => {
    const story = new Story();
    story.see([used(10, 100, { bytes: 9 })]);
    expect(cpuOf(story.see([used(10, 100, { diedNs: 1, bytes: 9 })]), 'web.service')).toBe(100);

    const snapshot = story.see([retired({ cpu: { oncpuNs: 100 }, transmit: [[9, 0]] })]);
    expect(snapshot.pods).toEqual([]);
    expect(endedOf(snapshot, 'system.slice')?.cpu.oncpuNs).toBe(100);
    expect(endedOf(snapshot, 'system.slice')?.network.transmit[0]?.bytes).toBe(9);
    expect(endedOf(snapshot, '')?.cpu.oncpuNs).toBe(0);
  });

  test('before the daemon came is under namespace ""', () => {
    const snapshot = new Story().see([retired({ cpu: { oncpuNs: 70 } }), used(10, 1)]);

    expect(endedOf(snapshot, '')?.cpu.oncpuNs).toBe(70);
    expect(snapshot.node.cpu.oncpuNs).toBe(71);
  });

  test('has its namespace shown at zero before', () => {
    expect(endedOf(new Story().see([used(10, 1)]), 'system.slice')?.cpu.oncpuNs).toBe(0);
  });
});

describe('names', () => {
  const web: PodName = {
    namespace: 'shop',
    pod: 'web-0',
    hostNetwork: true,
    ownerKind: 'StatefulSet',
    ownerName: 'web',
    containers: new Map([
      [ID, 'app'],
      [NEXT_ID, 'app'],
    ]),
  };

  test('that are learnt late take all figures along', () => {
    const story = new Story();
    story.see([used(20, 1), used(21, 100, { bytes: 9 })]);
    story.names.set(UID, web);
    const snapshot = story.see([used(20, 1), used(21, 101, { bytes: 9 })]);

    expect(snapshot.pods).toHaveLength(1);
    expect(podOf(snapshot, 'web-0')).toMatchObject({
      namespace: 'shop',
      uid: UID,
      hostNetwork: true,
      ownerKind: 'StatefulSet',
      ownerName: 'web',
    });
    expect(bytesOf(snapshot, 'web-0')).toBe(9);
    expect(podOf(snapshot, 'web-0').containers).toMatchObject([
      { container: '', cpu: { oncpuNs: 1 } },
      { container: 'app', cpu: { oncpuNs: 101 } },
    ]);
  });

  test('stay when the API forgets the pod', () => {
    const story = new Story();
    story.names.set(UID, web);
    story.see([used(21, 100)]);
    story.names.clear();
    expect(cpuOf(story.see([used(21, 101)]), 'web-0')).toBe(101);
  });

  test('once given stay: nobody comes by them and begins at zero', () => {
    const story = new Story();
    story.names.set(UID, web);
    story.see([used(21, 100, { bytes: 9 })]);
    story.names.set(UID, { ...web, pod: 'web-1' });
    story.names.set(OTHER_UID, web);
    const snapshot = story.see([used(21, 101, { bytes: 9 }), used(31, 4, { bytes: 1 })]);

    expect(snapshot.pods.map(({ pod }) => pod)).toEqual(['web-0']);
    expect(cpuOf(snapshot, 'web-0')).toBe(105);
    expect(bytesOf(snapshot, 'web-0')).toBe(10);
  });

  test('of a container that was restarted continue its series', () => {
    const story = new Story();
    story.names.set(UID, web);
    story.see([used(20, 0), used(21, 100, { diedNs: 1 }), used(22, 1)]);
    const snapshot = story.see([retired({ cpu: { oncpuNs: 100 } }), used(20, 0), used(22, 2)]);

    expect(podOf(snapshot, 'web-0').containers).toMatchObject([
      { container: '' },
      { container: 'app', cpu: { oncpuNs: 102 } },
    ]);
  });

  test('learnt late for both make one series that outlives the first', () => {
    const story = new Story();
    story.see([used(21, 100), used(22, 1)]);
    story.names.set(UID, web);
    story.see([used(21, 100, { diedNs: 1 }), used(22, 2)]);
    story.see([retired({ cpu: { oncpuNs: 100 } }), used(22, 3)]);
    const snapshot = story.see([retired({ cpu: { oncpuNs: 100 } }), used(22, 4)]);

    expect(cpuOf(snapshot, 'web-0')).toBe(104);
    expect(snapshot.node.cpu.oncpuNs).toBe(104);
  });

  test('that two pods share one after the other make one series, of the newer uid', () => {
    const story = new Story();
    story.names.set(UID, web);
    story.see([used(21, 100, { bytes: 9 }), used(31, 4, { bytes: 1 })]);
    story.names.set(OTHER_UID, { ...web });
    const merged = story.see([used(21, 100, { diedNs: 1, bytes: 9 }), used(31, 5, { bytes: 1 })]);
    expect(merged.pods).toHaveLength(1);
    expect(podOf(merged, 'web-0').uid).toBe(OTHER_UID);
    expect(cpuOf(merged, 'web-0')).toBe(105);

    const after = story.see([
      retired({ cpu: { oncpuNs: 100 }, transmit: [[9, 0]] }),
      used(31, 6, { bytes: 1 }),
    ]);
    expect(cpuOf(after, 'web-0')).toBe(106);
    expect(bytesOf(after, 'web-0')).toBe(10);
    expect(after.node.cpu.oncpuNs).toBe(106);
  });
});

describe('time', () => {
  test('of birth is on the wall clock and stays when that clock is set', () => {
    const story = new Story();
    const first = podOf(story.see([used(10, 1)]), 'web.service').createdSeconds;
    expect(first).toBe(Date.UTC(2026, 0, 1, 0, 0, 10) / 1e3);

    const later = story.see([used(10, 2)], { wallMs: Date.UTC(2027, 0, 1) });
    expect(podOf(later, 'web.service').createdSeconds).toBe(first);
    expect(later.startedSeconds).toBe(Date.UTC(2026, 0, 1) / 1e3);
  });

  test('at which the counters began afresh begins the books afresh', () => {
    const story = new Story();
    story.see([used(10, 100)]);
    const snapshot = story.see([used(10, 1)], { startedNs: 1_050e9 });

    expect(cpuOf(snapshot, 'web.service')).toBe(1);
    expect(snapshot.node.cpu.oncpuNs).toBe(1);
    expect(snapshot.startedSeconds).toBe(Date.UTC(2026, 0, 1, 0, 0, 50) / 1e3);
  });

  test('held back by a quota adds up over the restarts of a unit', () => {
    const story = new Story();
    const throttledOf = (snapshot: Snapshot) =>
      podOf(snapshot, 'web.service').containers[0]?.throttledNs;
    expect(throttledOf(story.see([used(10, 1)]))).toBeUndefined();
    story.throttled.set('/system.slice/web.service', 40);
    expect(throttledOf(story.see([used(10, 1)]))).toBe(40);
    story.throttled.set('/system.slice/web.service', 3);
    expect(throttledOf(story.see([used(10, 1, { diedNs: 1 }), used(11, 1)]))).toBe(43);
  });
});

test('a snapshot does not change when the next one is made', () => {
  const story = new Story();
  const first = story.see([used(10, 100), used(20, 3)]);
  const { flows, ...shown } = first;
  const copy = structuredClone(shown);
  story.see([used(10, 200, { bytes: 4 }), used(20, 3)]);
  expect(first).toEqual({ ...copy, flows });
});
