import { describe, expect, test } from 'vitest';
import { podName } from '../place/pod-name.fixture.ts';
import { retired } from '../reading/reading.fixture.ts';
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

describe('names', () => {
  const web = podName({
    hostNetwork: true,
    ownerKind: 'StatefulSet',
    ownerName: 'web',
    containers: new Map([
      [ID, 'app'],
      [NEXT_ID, 'app'],
    ]),
  });

  test('that arrive late apply to all earlier figures', () => {
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

  test('are permanent: no other account takes them and starts at zero', () => {
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

  test('the sandbox of a pod gets no name and counts as the remainder', () => {
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
      // Younger than a named container, so the API may still report it.
      { container: NEXT_ID.slice(0, 12), cpu: { oncpuNs: 7 } },
    ]);
    expect(cpuOf(snapshot, 'web-0')).toBe(113);
  });

  test('of a restarted container continue its series', () => {
    const story = new Story();
    story.names.set(UID, web);
    story.see([used(20, 0), used(21, 100, { diedNs: 1 }), used(22, 1)]);
    const snapshot = story.see([retired({ cpu: { oncpuNs: 100 } }), used(20, 0), used(22, 2)]);

    expect(podOf(snapshot, 'web-0').containers).toMatchObject([
      { container: '' },
      { container: 'app', cpu: { oncpuNs: 102 } },
    ]);
  });

  test('that arrive late for both make one series, which outlives the first', () => {
    const story = new Story();
    story.see([used(21, 100), used(22, 1)]);
    story.names.set(UID, web);
    story.see([used(21, 100, { diedNs: 1 }), used(22, 2)]);
    story.see([retired({ cpu: { oncpuNs: 100 } }), used(22, 3)]);
    const snapshot = story.see([retired({ cpu: { oncpuNs: 100 } }), used(22, 4)]);

    expect(cpuOf(snapshot, 'web-0')).toBe(104);
    expect(snapshot.node.cpu.oncpuNs).toBe(104);
  });

  test('that two pods share in turn make one series, with the newer uid', () => {
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

describe('a helper outside the pod, for one of its containers', () => {
  const CONMON = 41;
  const web = podName({ containers: new Map([[ID, 'app']]) });

  test.each([
    ['a monitor of CRI-O', `/system.slice/crio-conmon-${ID}.scope`],
    ['one in a slice for it', `/podruntime.slice/crio-conmon-${ID}.scope`],
    ["the host's part of a sandbox of Kata", `/kata_overhead/${ID}`],
  ])('%s counts as the pod’s remainder, with either row first', (_, path) => {
    const story = new Story();
    story.paths.set(CONMON, path);
    const snapshot = story.see([used(CONMON, 3, { bytes: 2 }), used(21, 100), used(10, 1)]);
    expect(snapshot.pods.map(({ pod }) => pod)).toEqual([UID, 'web.service']);
    expect(podOf(snapshot, UID)).toMatchObject({
      namespace: '',
      shares: [{ of: 'kubelet' }, { of: `kubelet/${UID}` }],
      containers: [
        { container: ID.slice(0, 12), cpu: { oncpuNs: 100 } },
        { container: '', cpu: { oncpuNs: 3 } },
      ],
    });
    story.names.set(UID, web);
    const named = story.see([used(CONMON, 4, { bytes: 2 }), used(21, 100), used(10, 1)]);
    expect([cpuOf(named, 'web-0'), bytesOf(named, 'web-0')]).toEqual([104, 2]);
  });

  test('is unattributed until the pod of the container is known', () => {
    const story = new Story();
    story.paths.set(CONMON, `/system.slice/crio-conmon-${ID}.scope`);
    const first = story.see([used(CONMON, 3)]);
    expect([first.pods, first.unattributed.cpu.oncpuNs]).toEqual([[], 3]);
    const then = story.see([used(CONMON, 5), used(21, 100)]);
    expect([cpuOf(then, UID), then.unattributed.cpu.oncpuNs]).toEqual([102, 3]);
  });

  test('is attributed through the API if the container has no row', () => {
    const story = new Story();
    story.paths.set(CONMON, `/system.slice/crio-conmon-${ID}.scope`);
    story.names.set(UID, web);
    story.uids.set(ID, UID);
    expect(cpuOf(story.see([used(CONMON, 3)]), 'web-0')).toBe(3);
  });

  test('belongs to no pod if a user chose its name', () => {
    const story = new Story();
    story.paths.set(CONMON, `/user.slice/user-1000.slice/crio-conmon-${ID}.scope`);
    const snapshot = story.see([used(CONMON, 3), used(21, 100)]);
    expect(cpuOf(snapshot, UID)).toBe(100);
  });

  test('gets no pod from a container that is gone', () => {
    const story = new Story();
    story.see([used(20, 1), used(21, 100, { diedNs: 1 })]);
    story.see([retired({ cpu: { oncpuNs: 100 } }), used(20, 1)]);
    story.paths.set(CONMON, `/system.slice/crio-conmon-${ID}.scope`);
    const after = story.see([retired({ cpu: { oncpuNs: 100 } }), used(20, 1), used(CONMON, 7)]);
    expect(after.unattributed.cpu.oncpuNs).toBe(7);
  });
});

describe('a container outside the kubelet’s root', () => {
  const STRAY = 51;
  const OTHER_STRAY = 52;
  const web = podName({
    containers: new Map([
      [ID, 'app'],
      [NEXT_ID, 'side'],
    ]),
  });

  const layouts = [
    ['of containerd', `/k8s.io/${ID}`, `/k8s.io/${NEXT_ID}`],
    ['of docker', `/docker/${ID}`, `/docker/${NEXT_ID}`],
    ['of CRI-O', `/system.slice/crio-${ID}.scope`, `/system.slice/crio-${NEXT_ID}.scope`],
  ] as const;

  test.each(layouts)('%s is shown by its id until the API reports it', (_, one, other) => {
    const story = new Story();
    story.paths.set(STRAY, one).set(OTHER_STRAY, other);
    const rows = [used(STRAY, 3, { bytes: 2 }), used(OTHER_STRAY, 5, { bytes: 4 })];
    expect(story.see(rows).pods.map(({ pod }) => pod)).toEqual(
      [ID, NEXT_ID].map((id) => id.slice(0, 12)),
    );

    story.names.set(UID, web);
    story.uids.set(NEXT_ID, UID).set(ID, UID);
    const named = story.see(rows);
    expect(named.pods).toHaveLength(1);
    expect(podOf(named, 'web-0')).toMatchObject({
      namespace: 'shop',
      uid: UID,
      kind: 'kubernetes',
      shares: [{ of: 'kubelet' }, { of: `kubelet/${UID}` }],
    });
    expect(bytesOf(named, 'web-0')).toBe(6);
    const containers = podOf(named, 'web-0').containers.map((one) => [
      one.container,
      one.cpu.oncpuNs,
    ]);
    expect(Object.fromEntries(containers)).toEqual({ app: 3, side: 5 });
  });

  test.each(layouts)('%s joins its pod at once if the API reported it before', (_, one, other) => {
    const story = new Story();
    story.paths.set(STRAY, one).set(OTHER_STRAY, other);
    story.names.set(UID, web);
    story.uids.set(ID, UID).set(NEXT_ID, UID);
    const { pods } = story.see([used(STRAY, 3), used(OTHER_STRAY, 5)]);
    expect(pods).toMatchObject([
      { pod: 'web-0', containers: [{ container: 'app' }, { container: 'side' }] },
    ]);
  });

  test('joins the pod that was reported first', () => {
    const story = new Story();
    story.paths.set(STRAY, `/k8s.io/${ID}`).set(OTHER_STRAY, `/k8s.io/${NEXT_ID}`);
    story.see([used(STRAY, 3), used(OTHER_STRAY, 5)]);
    story.names.set(UID, { ...web, containers: new Map([[ID, 'app']]) });
    story.uids.set(ID, UID);
    story.see([used(STRAY, 3), used(OTHER_STRAY, 5)]);
    story.names.set(UID, web);
    story.uids.set(NEXT_ID, UID);
    const { pods } = story.see([used(STRAY, 3), used(OTHER_STRAY, 6)]);
    expect(pods).toMatchObject([
      { uid: UID, containers: [{ container: 'app' }, { container: 'side', cpu: { oncpuNs: 6 } }] },
    ]);
  });

  test.each([
    ['a user', `/user.slice/user-1000.slice/${ID}`],
    ['a service', `/system.slice/ci.service/${ID}`],
  ])('joins no pod by a name that %s chose', (_, path) => {
    const story = new Story();
    story.paths.set(STRAY, path);
    story.names.set(UID, web);
    story.uids.set(ID, UID);
    expect(story.see([used(STRAY, 3)]).pods).toMatchObject([{ uid: '', kind: 'container' }]);
  });
});
