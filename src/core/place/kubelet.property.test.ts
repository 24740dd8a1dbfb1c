import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Place, placeOf, placesBy } from './place.ts';

const ID = '0123456789ab'.padEnd(64, 'c');
const OTHER_ID = 'ba9876543210'.padEnd(64, 'd');
const OTHER_UID = '7f1d5b2a-0c3e-4d5f-8a9b-0123456789ab';

/** A kubelet's root, and a container in it, as paths. */
interface Layout {
  readonly uid: string;
  readonly root: string;
  readonly container: string;
}

const uid = fc.oneof(
  fc.uuid(),
  fc.stringMatching(/^[0-9a-f]{32}$/), // a static pod
);
const qos = fc.constantFrom('', 'burstable', 'besteffort');
const word = fc.constantFrom('kubelet', 'custom', 'k8s', 'podruntime');
const nested = fc.constantFrom('', '/init.scope', '/container', `/docker/${OTHER_ID}`, '/a/b');
const scope = fc.constantFrom('cri-containerd', 'crio', 'docker').map((of) => `${of}-${ID}.scope`);
const directory = fc.constantFrom(ID, `crio-${ID}`);

/** `kubepods.slice`; with `--cgroup-root=/a/b` `a.slice/a-b.slice/a-b-kubepods.slice`. */
const bySystemd = fc
  .record({ uid, qos, above: fc.array(word, { maxLength: 2 }), scope, nested })
  .map(({ uid, qos, above, scope, nested }): Layout => {
    const slices = [...above, 'kubepods'].map(
      (_, i, all) => `${all.slice(0, i + 1).join('-')}.slice`,
    );
    const stem = [...above, 'kubepods'].join('-');
    const root = `/${slices.join('/')}`;
    const parent = qos === '' ? root : `${root}/${stem}-${qos}.slice`;
    const pod = `${stem}${qos && `-${qos}`}-pod${uid.replaceAll('-', '_')}.slice`;
    return { uid, root, container: `${parent}/${pod}/${scope}${nested}` };
  });

const byCgroupfs = fc
  .record({ uid, qos, above: fc.array(word, { maxLength: 2 }), directory, nested })
  .map(({ uid, qos, above, directory, nested }): Layout => {
    const root = `/${[...above, 'kubepods'].join('/')}`;
    return { uid, root, container: `${root}${qos && `/${qos}`}/pod${uid}/${directory}${nested}` };
  });

const SERVICES = ['containerd', 'crio', 'docker', 'k3s', 'k3s-agent', 'rke2-server', 'k0sworker'];
const holder = fc.constantFrom(
  ...[...SERVICES, 'snap.microk8s.daemon-containerd'].map(
    (name) => `/system.slice/${name}.service`,
  ),
  '/system.slice',
  '/podruntime.slice/containerd.service',
  '',
);

/** The kubelet uses the systemd driver, the engine does not. */
const mixed = fc
  .record({ uid, qos, holder, nested })
  .map(({ uid, qos, holder, nested }): Layout => {
    const slice = `kubepods${qos && `-${qos}`}-pod${uid.replaceAll('-', '_')}.slice`;
    const root = holder || '/';
    return { uid, root, container: `${holder}/${slice}:cri-containerd:${ID}${nested}` };
  });

const layout = fc.oneof(bySystemd, byCgroupfs, mixed);

/** Cgroups in which users other than root create cgroups. */
const delegated = fc.constantFrom(
  '/user.slice',
  '/user.slice/user-1000.slice',
  '/user.slice/user-1000.slice/session-3.scope',
  '/user.slice/user-1000.slice/user@1000.service/app.slice',
  '/system.slice/ci.service',
  '/system.slice/run-u7.scope/job',
  `/system.slice/docker-${OTHER_ID}.scope`,
  `/docker/${OTHER_ID}`,
  '/lxc/100/ns',
  '/lxc.payload.web',
  '/machine.slice/machine-web.scope/payload',
  '/machine.slice/systemd-nspawn@web.service/payload',
  `/machine.slice/libpod-${OTHER_ID}.scope/container`,
);
const between = fc.array(fc.constantFrom('a.slice', 'b', 'kubepods', 'kubepods.slice'), {
  maxLength: 2,
});

const isPod = (place: Place | undefined) => place?.kind === 'kubernetes';

describe('a pod of a kubelet', () => {
  test('is found wherever the kubelet keeps its pods, with either driver and any engine', () => {
    fc.assert(
      fc.property(layout, ({ uid, container }) => {
        expect(placeOf(container)).toMatchObject({
          kind: 'kubernetes',
          podUid: uid,
          containerId: ID,
        });
      }),
    );
  });

  test('is never below a cgroup of a user, a service or a container', () => {
    fc.assert(
      fc.property(delegated, between, layout, (above, names, { container }) => {
        const path = `${above}${names.map((name) => `/${name}`).join('')}${container}`;
        expect(isPod(placeOf(path))).toBe(false);
      }),
    );
  });

  test('owns cgroups below it that look like another pod', () => {
    const outer = `/kubepods/burstable/pod${OTHER_UID}`;
    fc.assert(
      fc.property(fc.constantFrom('', '/x', `/${OTHER_ID}`), layout, (below, { container }) => {
        expect(placeOf(`${outer}${below}${container}`)?.podUid).toBe(OTHER_UID);
      }),
    );
  });

  test('is found below the configured root, and nowhere else', () => {
    const above = fc.oneof(delegated, fc.constant(''));
    fc.assert(
      fc.property(above, layout, layout, (above, here, elsewhere) => {
        const places = placesBy({ kubeletRoot: `${above}${here.root}` });
        expect(places(`${above}${here.container}`)).toMatchObject({ podUid: here.uid });
        if (!`${elsewhere.container}/`.startsWith(`${above}${here.root}/`.replace('//', '/')))
          expect(isPod(places(elsewhere.container))).toBe(false);
      }),
    );
  });

  test('is not recognized if users other than root may have created its root', () => {
    fc.assert(
      fc.property(layout, ({ root, container }) => {
        const queried: string[] = [];
        const isMadeByRoot = (path: string) => {
          queried.push(path);
          return false;
        };
        expect(isPod(placesBy({ isMadeByRoot })(container))).toBe(false);
        expect(queried[0]).toBe(root);
      }),
    );
  });
});

/** Kubelets create no pod here, despite the names. */
test.each([
  '/kubepods-podaaaa_1.slice',
  '/kubepods-burstable-podaaaa_1.slice/cri-containerd-x.scope',
  '/x/kubepods-podaaaa_1.slice',
  '/kubepods.slice/kubepods-burstable-podaaaa_1.slice',
  '/kubepods.slice/kubepods-besteffort.slice/kubepods-burstable-podaaaa_1.slice',
  '/kubepods.slice/kubepods-burstable.slice/kubepods-podaaaa_1.slice',
  '/kubepods.slice/kubelet-kubepods-podaaaa_1.slice',
  '/kubelet.slice/kubelet-kubepods.slice/kubepods-podaaaa_1.slice',
  '/kubepods.slice/x.slice/kubepods-podaaaa_1.slice',
  '/kubepods.slice/podaaaa-1',
  '/kubepods/kubepods-podaaaa_1.slice',
  '/kubepods/guaranteed/podaaaa-1',
  '/burstable/podaaaa-1',
  '/podaaaa-1',
  `/system.slice/ci.service/kubepods-podaaaa_1.slice:cri-containerd:${ID}`,
  `/system.slice/containerd.service/x/kubepods-podaaaa_1.slice:cri-containerd:${ID}`,
  `/user.slice/user-1000.slice/user@1000.service/containerd.service/kubepods-podaaaa_1.slice:cri-containerd:${ID}`,
])('there is no pod at %s', (path) => expect(isPod(placeOf(path))).toBe(false));

test('a user’s session keeps its cgroups that are named like pods', () => {
  const session = '/user.slice/user-1000.slice/session-3.scope';
  const pod = 'kubepods.slice/kubepods-podaaaa_1.slice';
  expect(placeOf(`${session}/${pod}`)).toMatchObject({
    kind: 'unit',
    namespace: 'user-1000.slice',
    pod: 'session-3.scope',
  });
  expect(placeOf(`${session}/${pod}/cri-containerd-${ID}.scope`)).toMatchObject({
    kind: 'container',
    namespace: 'user-1000.slice',
  });
});

test('a configured root may be the cgroup above it, and may be in a container', () => {
  const kind = `/system.slice/docker-${OTHER_ID}.scope/kubelet.slice`;
  const pod = `${kind}/kubelet-kubepods.slice/kubelet-kubepods-podaaaa_1.slice`;
  for (const root of [kind, `${kind}/kubelet-kubepods.slice`])
    expect(placesBy({ kubeletRoot: root })(pod)).toMatchObject({ podUid: 'aaaa-1' });
  expect(placesBy({ kubeletRoot: '/' })('/kubepods/podaaaa-1')).toMatchObject({ podUid: 'aaaa-1' });
});
