import { describe, expect, test } from 'vitest';
import { loopback, rest, retired } from '../reading/reading.fixture.ts';
import { bytesOf, cpuOf, podOf, Story, UID, used } from './ledger.fixture.ts';
import type { NodeUsage } from './node-usage.ts';

const endedOf = (snapshot: NodeUsage, namespace: string) =>
  snapshot.endedByNamespace.find((one) => one.namespace === namespace)?.usage;

describe('a row is attributed', () => {
  test('to the pod of its path, including nested cgroups', () => {
    const snapshot = new Story().see([used(10, 5), used(12, 7)]);

    expect(cpuOf(snapshot, 'web.service')).toBe(12);
    expect(snapshot.node.cpu.oncpuNs).toBe(12);
  });

  test('to no pod without a path; its usage until then stays there', () => {
    const story = new Story();
    expect(story.see([used(99, 5)]).unattributed.cpu.oncpuNs).toBe(5);

    story.paths.set(99, '/late/name');
    const snapshot = story.see([used(99, 7)]);
    expect(snapshot.unattributed.cpu.oncpuNs).toBe(5);
    expect(cpuOf(snapshot, 'name')).toBe(2);
  });

  test('to no pod if it is the rest row; loopback is in no sum', () => {
    const snapshot = new Story().see([
      rest({ cpu: { oncpuNs: 3 } }),
      loopback({ receive: [[100, 1]] }),
    ]);

    expect(snapshot.unattributed.cpu.oncpuNs).toBe(3);
    expect(snapshot.node.network.receive[0]).toEqual({ bytes: 0, packets: 0 });
    expect(snapshot.loopback.receive[0]).toEqual({ bytes: 100, packets: 1 });
  });
});

describe('a counter never decreases', () => {
  test('if a row is read while it changes', () => {
    const story = new Story();
    story.see([used(10, 100)]);

    const snapshot = story.see([used(10, 90)]);
    expect(cpuOf(snapshot, 'web.service')).toBe(100);
    expect(snapshot.node.cpu.oncpuNs).toBe(100);
  });

  test('if a unit restarts and its first row is reaped', () => {
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

  test('if a container is reaped while its pod lives: the pod keeps the bytes', () => {
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

  test('if a living row is missing from a read', () => {
    const story = new Story();
    story.see([used(10, 100)]);
    const missed = story.see([]);
    expect(cpuOf(missed, 'web.service')).toBe(100);
    expect(cpuOf(story.see([used(10, 101)]), 'web.service')).toBe(101);
  });
});

describe('an ended pod', () => {
  test('is exported until its row is reaped, then summed in its namespace', () => {
    const story = new Story();
    story.see([used(10, 100, { bytes: 9 })]);
    expect(cpuOf(story.see([used(10, 100, { diedNs: 1, bytes: 9 })]), 'web.service')).toBe(100);

    const snapshot = story.see([retired({ cpu: { oncpuNs: 100 }, transmit: [[9, 0]] })]);
    expect(snapshot.pods).toEqual([]);
    expect(endedOf(snapshot, 'system.slice')?.cpu.oncpuNs).toBe(100);
    expect(endedOf(snapshot, 'system.slice')?.network.transmit[0]?.bytes).toBe(9);
    expect(endedOf(snapshot, '')?.cpu.oncpuNs).toBe(0);
  });

  test('that ended before the daemon started is under namespace ""', () => {
    const snapshot = new Story().see([retired({ cpu: { oncpuNs: 70 } }), used(10, 1)]);

    expect(endedOf(snapshot, '')?.cpu.oncpuNs).toBe(70);
    expect(snapshot.node.cpu.oncpuNs).toBe(71);
  });

  test('has its namespace exported at zero before', () => {
    expect(endedOf(new Story().see([used(10, 1)]), 'system.slice')?.cpu.oncpuNs).toBe(0);
  });
});

describe('time', () => {
  test('of creation is on the wall clock, and does not move with it', () => {
    const story = new Story();
    const first = podOf(story.see([used(10, 1)]), 'web.service').createdSeconds;
    expect(first).toBe(Date.UTC(2026, 0, 1, 0, 0, 10) / 1e3);

    const later = story.see([used(10, 2)], { wallMs: Date.UTC(2027, 0, 1) });
    expect(podOf(later, 'web.service').createdSeconds).toBe(first);
    expect(later.startedSeconds).toBe(Date.UTC(2026, 0, 1) / 1e3);
  });

  test('of new kernel counters restarts the books', () => {
    const story = new Story();
    story.see([used(10, 100)]);
    const snapshot = story.see([used(10, 1)], { startedNs: 1_050e9 });

    expect(cpuOf(snapshot, 'web.service')).toBe(1);
    expect(snapshot.node.cpu.oncpuNs).toBe(1);
    expect(snapshot.startedSeconds).toBe(Date.UTC(2026, 0, 1, 0, 0, 50) / 1e3);
  });

  test('of throttling adds up over the restarts of a unit', () => {
    const story = new Story();
    const throttledOf = (snapshot: NodeUsage) =>
      podOf(snapshot, 'web.service').containers[0]?.throttledNs;
    expect(throttledOf(story.see([used(10, 1)]))).toBeUndefined();
    story.throttled.set('/system.slice/web.service', 40);
    expect(throttledOf(story.see([used(10, 1)]))).toBe(40);
    story.throttled.set('/system.slice/web.service', 3);
    expect(throttledOf(story.see([used(10, 1, { diedNs: 1 }), used(11, 1)]))).toBe(43);
  });
});

test('the usage of one tick does not change with the next', () => {
  const story = new Story();
  const first = story.see([used(10, 100), used(20, 3)]);
  const copy = structuredClone(first);
  story.see([used(10, 200, { bytes: 4 }), used(20, 3)]);
  expect(first).toEqual(copy);
});
