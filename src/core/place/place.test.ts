import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placeOf, placesBy } from './place.ts';

const UID = '6f1d5b2a-0c3e-4d5f-8a9b-0123456789ab';
const UID_ = UID.replaceAll('-', '_');
const HASH = 'c4d7b1e0f2a34b5c6d7e8f9012345678';
const ID = '0123456789ab'.padEnd(64, 'c');
const ID2 = 'ba9876543210'.padEnd(64, 'd');
const SHORT = '0123456789ab';
const SLICES = '/kubepods.slice/kubepods-burstable.slice';
const POD = `${SLICES}/kubepods-burstable-pod${UID_}.slice`;

describe('a pod of a kubelet', () => {
  test.each([
    ['containerd, systemd, burstable', `${POD}/cri-containerd-${ID}.scope`],
    ['CRI-O', `${POD}/crio-${ID}.scope`],
    ['CRI-O with crun', `${POD}/crio-${ID}.scope/container`],
    ['cri-dockerd', `${POD}/docker-${ID}.scope`],
    ['guaranteed', `/kubepods.slice/kubepods-pod${UID_}.slice/cri-containerd-${ID}.scope`],
    [
      'best effort',
      `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${UID_}.slice/crio-${ID}.scope`,
    ],
    ['cgroupfs, best effort', `/kubepods/besteffort/pod${UID}/${ID}`],
    ['cgroupfs, guaranteed', `/kubepods/pod${UID}/${ID}`],
    ['cgroupfs, CRI-O', `/kubepods/burstable/pod${UID}/crio-${ID}`],
    ['a cgroup root', `/custom/root/kubepods/burstable/pod${UID}/${ID}`],
    [
      'kind',
      `/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod${UID_}.slice/cri-containerd-${ID}.scope`,
    ],
    ['nested in the container', `${POD}/cri-containerd-${ID}.scope/init.scope`],
    ['docker in the container', `${POD}/cri-containerd-${ID}.scope/docker/${ID2}`],
    [
      'Kubernetes in the container',
      `${POD}/cri-containerd-${ID}.scope/kubepods/burstable/pod${HASH}/${ID2}`,
    ],
    [
      'a kubelet with the systemd driver, an engine without',
      `/system.slice/containerd.service/kubepods-burstable-pod${UID_}.slice:cri-containerd:${ID}`,
    ],
    ['the same beside the engine', `/system.slice/kubepods-pod${UID_}.slice:cri-containerd:${ID}`],
  ])('has its uid and the short id of the container: %s', (_, path) => {
    expect(placeOf(path)).toMatchObject({
      kind: 'kubernetes',
      namespace: '',
      pod: UID,
      podUid: UID,
      container: SHORT,
      containerId: ID,
    });
  });

  test.each([
    ['its own cgroup', POD],
    ['conmon', `${POD}/crio-conmon-${ID}.scope`],
    ['conmon, cgroupfs', `/kubepods/burstable/pod${UID}/crio-conmon-${ID}`],
    ['a cgroup that no engine made', `${POD}/mine/${ID}`],
  ])('counts cgroups that are not containers as its remainder: %s', (_, path) => {
    expect(placeOf(path)).toMatchObject({ pod: UID, container: '', containerId: '' });
  });

  test.each([
    `/kubepods.slice/kubepods-pod${HASH}.slice/cri-containerd-${ID}.scope`,
    `/kubepods/pod${HASH}/${ID}`,
  ])('may be static, with a hash as uid: %s', (path) => {
    expect(placeOf(path)).toMatchObject({ pod: HASH, container: SHORT });
  });

  test('knows the cgroup that has its quota', () => {
    const container = `${POD}/cri-containerd-${ID}.scope`;
    expect(placeOf(`${container}/a/b`)?.cgroupPath).toBe(container);
    expect(placeOf(`${POD}/crio-conmon-${ID}.scope`)?.cgroupPath).toBe(POD);
  });
});

describe('outside Kubernetes', () => {
  test.each([
    [`/system.slice/docker-${ID}.scope`, 'system.slice', SHORT, SHORT],
    [`/system.slice/docker-${ID}.scope/init.scope`, 'system.slice', SHORT, SHORT],
    [`/docker/${ID}`, 'docker', SHORT, SHORT],
    [`/docker/${ID}/docker/${ID2}`, 'docker', SHORT, SHORT],
    [`/machine.slice/libpod-${ID}.scope/container`, 'machine.slice', SHORT, SHORT],
    [`/machine.slice/libpod-conmon-${ID}.scope`, 'machine.slice', SHORT, ''],
    [
      `/machine.slice/machine-libpod_pod_${ID2}.slice/libpod-${ID}.scope`,
      'machine.slice',
      'ba9876543210',
      SHORT,
    ],
    [`/libpod_parent/${ID2}/libpod-${ID}`, 'libpod_parent', 'ba9876543210', SHORT],
    [`/libpod_parent/${ID2}/libpod-${ID}/init`, 'libpod_parent', 'ba9876543210', SHORT],
    [`/libpod_parent/${ID2}/conmon`, 'libpod_parent', 'ba9876543210', ''],
    [`/libpod_parent/${ID2}`, 'libpod_parent', 'ba9876543210', ''],
    [`/libpod_parent/libpod-${ID}`, 'libpod_parent', SHORT, SHORT],
    [
      `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope`,
      'user-1000.slice',
      SHORT,
      SHORT,
    ],
    ['/machine.slice/systemd-nspawn@web.service/payload', 'machine.slice', 'web', 'web'],
    ['/machine.slice/machine-web.scope', 'machine.slice', 'web', 'web'],
    [
      '/machine.slice/machine-qemu\\x2d3\\x2ddb\\x2dvm.scope',
      'machine.slice',
      'qemu-3-db-vm',
      'qemu-3-db-vm',
    ],
    ['/lxc.payload.web/system.slice/a.service', 'lxc', 'web', 'web'],
    ['/lxc.monitor.web', 'lxc', 'web', ''],
  ])('a container is the pod: %s', (path, namespace, pod, container) => {
    expect(placeOf(path)).toMatchObject({ kind: 'container', namespace, pod, container });
  });

  test.each([
    ['/system.slice/nginx.service', 'system.slice', 'nginx.service'],
    ['/system.slice/nginx.service/worker/1', 'system.slice', 'nginx.service'],
    [
      '/system.slice/system-getty.slice/getty@tty1.service',
      'system-getty.slice',
      'getty@tty1.service',
    ],
    ['/user.slice/user-1000.slice/session-3.scope', 'user-1000.slice', 'session-3.scope'],
    [
      '/user.slice/user-1000.slice/user@1000.service/app.slice/app-foo.service',
      'user-1000.slice',
      'user@1000.service',
    ],
    ['/init.scope', '-.slice', 'init.scope'],
    ['/system.slice/a\\x2db.service', 'system.slice', 'a-b.service'],
    ['/a\\x2db.slice/caf\\xc3\\xa9.service', 'a-b.slice', 'café.service'],
    ['/system.slice/a\\x1bb\\xff.service', 'system.slice', 'a\\x1bb\\xff.service'],
    ['/system.slice/a\\x2fb\\x5cc.service', 'system.slice', 'a\\x2fb\\x5cc.service'],
  ])('a systemd unit is the pod: %s', (path, namespace, pod) => {
    expect(placeOf(path)).toMatchObject({ kind: 'unit', namespace, pod, container: '' });
  });

  test.each([
    ['/a/b', 'a', 'b', '/a/b'],
    ['/a/b/c/d', 'a', 'b', '/a/b'],
    ['/a', '', 'a', '/a'],
    ['/vigia-test-x/pod1', 'vigia-test-x', 'pod1', '/vigia-test-x/pod1'],
    ['/machine.slice/machine-x.slice/plain/deep', 'machine-x.slice', 'plain', undefined],
    ['/lxc/100/ns', 'lxc', '100', '/lxc/100'],
  ])('a plain cgroup is named by its first two levels: %s', (path, namespace, pod, cgroupPath) => {
    expect(placeOf(path)).toMatchObject({ kind: 'cgroup', namespace, pod });
    if (cgroupPath !== undefined) expect(placeOf(path)?.cgroupPath).toBe(cgroupPath);
  });

  test.each([
    '/',
    '',
    '/system.slice',
    '/kubepods.slice/kubepods-burstable.slice',
    '/kubepods',
    '/kubepods/burstable',
  ])('no pod owns the root, a slice or the kubelet’s cgroups above its pods: "%s"', (path) => {
    expect(placeOf(path)).toBeUndefined();
  });
});

describe('for any names', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary' }).map((name) => name.replaceAll(/[/\0]/g, '')),
    fc.constantFrom('kubepods', 'kubepods.slice', 'burstable', 'docker', 'a.service', 'b.slice'),
    fc.constantFrom(`pod${UID}`, `kubepods-pod${UID_}.slice`, ID, `crio-${ID}.scope`, '..', ' '),
  );
  const anyPath = fc.array(word, { maxLength: 8 }).map((names) => `/${names.join('/')}`);

  test('a place is found without a crash, and its cgroup is on the path', () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        const place = placeOf(path);
        if (!place) return;
        const normal = `/${path.split('/').filter(Boolean).join('/')}/`;
        expect(normal.startsWith(`${place.cgroupPath}/`)).toBe(true);
        expect(place.pod).not.toBe('');
      }),
    );
  });

  test('nested cgroups belong to the place', () => {
    fc.assert(
      fc.property(anyPath, word, (path, below) => {
        const place = placeOf(path);
        if (place?.kind !== 'kubernetes' || place.container === '') return;
        expect(placeOf(`${path}/${below}`)).toEqual(place);
      }),
    );
  });

  test('a name built to be slow is not slow', () => {
    const hostile = `/${'kubepods-'.repeat(28)}/${'-_:'.repeat(85)}/${'a'.repeat(255)}`;
    const began = performance.now();
    placeOf(hostile.repeat(8));
    expect(performance.now() - began).toBeLessThan(100);
  });
});

describe('in cgroups of users other than root', () => {
  const places = placesBy({ isMadeByRoot: (path) => !path.startsWith('/handed/over') });

  test.each([
    `/handed/over/docker-${ID}.scope`,
    `/handed/over/shop/${ID}`,
    '/handed/over/system.slice/nginx.service',
    `/handed/over/system.slice/a.service/docker-${ID}.scope`,
    `/handed/over${POD}/cri-containerd-${ID}.scope`,
    '/handed/over/kubepods',
    '/handed/over',
  ])('every other name belongs to them: %s', (path) => {
    expect(places(path)).toMatchObject({ kind: 'cgroup', namespace: 'handed', pod: 'over' });
  });

  test('cgroups below a unit or container of root are not checked', () => {
    const session = '/user.slice/user-1000.slice/user@1000.service';
    const queried: string[] = [];
    const isMadeByRoot = (path: string) => queried.push(path) > 0;
    placesBy({ isMadeByRoot })(`${session}/app.slice/a.service/docker/${ID}`);
    expect(queried).toEqual(['/user.slice/user-1000.slice']);
  });
});

describe('limits are shared', () => {
  const sharesAt = (path: string, observed = '') =>
    placesBy({ observed, isMadeByRoot: (path) => !path.includes('/handed-over') })(
      path,
    )?.shares.map(({ of, times }) => [of, times]);

  test.each([
    [`${POD}/cri-containerd-${ID}.scope`, 'kubelet', `kubelet/${UID}`],
    [`/kubepods/pod${UID}/${ID}`, 'kubelet', `kubelet/${UID}`],
    ['/system.slice/web.service/worker', '/system.slice', '/system.slice/web.service'],
    [`/docker/${ID}`, '/docker', `/docker/${ID}`],
    ['/init.scope', '/init.scope', '/init.scope'],
    ['/a/handed-over', '/a', '/a/handed-over'],
  ])('by top-level subtree for root: %s', (path, outer, inner) => {
    expect(sharesAt(path)).toEqual([
      [outer, 8],
      [inner, 2],
    ]);
  });

  test.each([
    ['/user.slice/user-1000.slice/session-3.scope', '/user.slice/user-1000.slice'],
    [
      `/user.slice/user-1000.slice/user@1000.service/docker-${ID}.scope`,
      '/user.slice/user-1000.slice',
    ],
    [`/system.slice/ci.service/a/docker-${ID}.scope`, '/system.slice/ci.service'],
    ['/handed-over/a', '/handed-over'],
    [`/handed-over/docker-${ID}.scope`, '/handed-over'],
  ])('by user otherwise, with a third for all users together: %s', (path, inner) => {
    expect(sharesAt(path)).toEqual([
      ['lent', 0.5],
      [inner, 2],
    ]);
    expect(sharesAt(`/x${path}`, '/x')?.at(-1)?.[0]).toBe(`/x${inner}`);
  });

  test('where the top level is the one below the observed cgroup', () => {
    const own = '/x/system.slice/web.service';
    expect(sharesAt(own, '/x')?.map(([of]) => of)).toEqual(['/x/system.slice', own]);
    expect(sharesAt('/x/a/b', '/x')?.map(([of]) => of)).toEqual(['/x/a', '/x/a']);
  });
});
