import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  cpuOf,
  ID,
  NEXT_ID,
  OTHER_UID,
  podOf,
  Story,
  UID,
  used,
} from './ledger.fixture.ts';
import type { PodName } from './names.ts';
import { retired } from './reading.fixture.ts';

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

  test('has the sandbox of a pod none of its own: it is with the rest', () => {
    const story = new Story();
    story.paths.set(19, `/kubepods/burstable/pod${UID}/${'e'.repeat(64)}`);
    story.see([used(19, 5)]);
    story.names.set(UID, { ...web, containers: new Map() });
    story.see([used(19, 5), used(21, 1)]);
    story.names.set(UID, { ...web, containers: new Map([[ID, 'app']]) });
    const snapshot = story.see([used(19, 6), used(21, 100), used(22, 7)]);

    expect(podOf(snapshot, 'web-0').containers).toMatchObject([
      { container: 'app', cpu: { oncpuNs: 100 } },
      { container: '', cpu: { oncpuNs: 6 } },
      // Younger than what has a name: it may still be told of.
      { container: NEXT_ID.slice(0, 12), cpu: { oncpuNs: 7 } },
    ]);
    expect(cpuOf(snapshot, 'web-0')).toBe(113);
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
