import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  CHART,
  environmentOf,
  find,
  helm,
  type Manifest,
  render,
  VALUE_SETS,
  valuesOf,
} from '../../lab/kubernetes/helm.ts';
import { ROOT } from '../../lab/process/checkout.ts';
import { envName, settingKeys, settings } from '../../src/config/settings.ts';

const podOf = (objects: readonly Manifest[]) => find(objects, 'DaemonSet')['spec'].template.spec;

test('the chart passes lint with each of its own sets of values', async () => {
  const sets = VALUE_SETS.map(valuesOf);
  for (const set of sets)
    expect(await helm('lint', '--strict', CHART, set)).toContain('0 chart(s) f');
  const versions = [
    ...readFileSync(join(CHART, 'Chart.yaml'), 'utf8').matchAll(/ersion: (\d\S+)/g),
  ];
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(versions.map(([, chart]) => chart)).toEqual([version, version]);
});

describe('permissions', () => {
  const CAPABILITIES = ['BPF', 'PERFMON', 'NET_ADMIN', 'CHOWN'];

  test.each([
    ['default', CAPABILITIES],
    ['everything', [...CAPABILITIES, 'SYS_ADMIN']],
    ['without-kubernetes', [...CAPABILITIES, 'SYS_RESOURCE']],
    ['unload', [...CAPABILITIES, 'SYS_ADMIN']],
  ])('only the init container has capabilities: %s', async (set, capabilities) => {
    const { hostNetwork, hostPID, hostIPC, initContainers, containers, ...pod } = podOf(
      await render(valuesOf(set)),
    );
    expect([hostNetwork, hostPID, hostIPC]).toEqual([undefined, undefined, undefined]);
    expect(pod.securityContext).toBeUndefined();
    expect(initContainers).toHaveLength(1);
    expect(containers).toHaveLength(1);
    const common = {
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      seccompProfile: { type: 'RuntimeDefault' },
    };
    expect(initContainers[0].securityContext).toMatchObject({
      ...common,
      runAsUser: 0,
      capabilities: { drop: ['ALL'], add: capabilities },
    });
    const { capabilities: kept, ...rest } = containers[0].securityContext;
    expect(kept).toEqual({ drop: ['ALL'] });
    expect(rest).toMatchObject({ ...common, runAsNonRoot: true });
    expect(rest.runAsUser).toBeGreaterThan(0);
  });

  test('the daemon sees only the host’s pins and cgroups, and can write only to its lock', async () => {
    const { volumes, containers, initContainers } = podOf(await render());
    type Volume = { readonly name: string; readonly hostPath?: { readonly path: string } };
    const hostPaths = (volumes as Volume[]).filter(({ hostPath }) => hostPath);
    expect(hostPaths.map(({ hostPath }) => hostPath?.path)).toEqual([
      '/sys/fs/bpf/vigia',
      '/sys/fs/cgroup',
    ]);
    const mounts = containers[0].volumeMounts as { name: string; readOnly?: boolean }[];
    expect(mounts.filter(({ readOnly }) => !readOnly)).toEqual([
      { name: 'bpffs', mountPath: '/host/bpf/consumer-lock', subPath: 'consumer-lock' },
      { name: 'run', mountPath: '/run/vigia' },
    ]);
    const loader = initContainers[0].volumeMounts as { name: string; mountPath: string }[];
    expect(loader.map(({ name }) => name)).toEqual(['bpffs', 'cgroup']);
    for (const container of [initContainers[0], containers[0]]) {
      const paths = (container.volumeMounts as typeof loader).map(({ mountPath }) => mountPath);
      expect(paths[0]).toBe(environmentOf(container).get('VIGIA_BPFFS'));
      // A container's sysfs has no directory for mounts, and AppArmor forbids writes there.
      expect(paths.filter((path) => path.startsWith('/sys'))).toEqual(['/sys/fs/cgroup']);
    }
  });

  test('if told to, the init container mounts a bpffs that the node sees', async () => {
    const { volumes, initContainers, containers } = podOf(await render('--set=bpffsMount=true'));
    expect(volumes[0].hostPath).toEqual({ path: '/run/vigia/bpf', type: 'DirectoryOrCreate' });
    expect(initContainers[0].volumeMounts[0]).toEqual({
      name: 'bpffs',
      mountPath: '/host/bpf',
      mountPropagation: 'Bidirectional',
    });
    // Kubernetes allows this only for a privileged container.
    const { privileged, capabilities } = initContainers[0].securityContext;
    expect([privileged, capabilities]).toEqual([true, undefined]);
    expect(containers[0].securityContext.privileged).toBe(false);
    const unloading = podOf(await render('--set=bpffsMount=true', '--set=unload=true'));
    expect(unloading.volumes[0].hostPath.path).toBe('/run/vigia');
    expect(environmentOf(unloading.initContainers[0]).get('VIGIA_BPFFS')).toBe('/host/bpf/bpf');
    const elsewhere = podOf(
      await render('--set=bpffsMount=true', '--set=bpffsHostPath=/var/lib/vigia/bpf'),
    );
    expect(elsewhere.volumes[0].hostPath.path).toBe('/var/lib/vigia/bpf');
  });

  test('the service account reads pods, and Services and nodes only with peers: cluster', async () => {
    const rules = async (...flags: string[]) =>
      find(await render(...flags), 'ClusterRole')['rules'];
    const verbs = ['list', 'watch'];
    expect(await rules()).toEqual([{ apiGroups: [''], resources: ['pods'], verbs }]);
    expect(await rules('--set=settings.peers=cluster')).toEqual([
      { apiGroups: [''], resources: ['pods', 'services', 'nodes'], verbs },
    ]);
    const kinds = (await render(valuesOf('without-kubernetes'))).map(({ kind }) => kind);
    expect(kinds).toEqual(['DaemonSet']);
  });
});

describe('settings', () => {
  test('can all be set, equally for the loader and the daemon', async () => {
    const { initContainers, containers } = podOf(await render(valuesOf('everything')));
    const [loader, daemon] = [environmentOf(initContainers[0]), environmentOf(containers[0])];
    const unset = settingKeys
      .map((key) => envName(settings[key].name))
      .filter((name) => !daemon.has(name));
    // Set by the image, by the service account, or by the path of the emptyDir.
    expect(unset.sort()).toEqual(['VIGIA_BPFTOOL', 'VIGIA_KUBECONFIG', 'VIGIA_SOCKET']);
    const differing = [...daemon].filter(([name, text]) => loader.get(name) !== text);
    expect(differing).toEqual([]);
    for (const key of settingKeys) {
      const text = daemon.get(envName(settings[key].name));
      if (text !== undefined)
        expect([key, settings[key].parse(text)]).not.toEqual([key, undefined]);
    }
  });

  test('have the defaults of the code', async () => {
    const daemon = environmentOf(podOf(await render()).containers[0]);
    const others = settingKeys.flatMap((key) => {
      const { name, fallback } = settings[key];
      const text = daemon.get(envName(name));
      return text === undefined || text === fallback ? [] : `${name}=${text}`;
    });
    expect(others).toEqual(['bpffs=/host/bpf', 'uid=9770']);
  });

  test('the memory limit of the loader follows the map size', async () => {
    const limit = async (mapMemory: string) =>
      podOf(await render(`--set=settings.mapMemory=${mapMemory}`)).initContainers[0].resources
        .limits.memory;
    expect(await limit('64MiB')).toBe('320Mi');
    expect(await limit('2GiB')).toBe('2304Mi');
  });

  test('the memory of the daemon follows the number of peers, like the heap', async () => {
    const memory = async (...flags: readonly string[]) => {
      const [{ resources }] = podOf(
        await render(...flags.map((flag) => `--set=${flag}`)),
      ).containers;
      return [resources.requests.memory, resources.limits.memory];
    };
    const cluster = 'settings.peers=cluster';
    expect(await memory()).toEqual(['144Mi', '256Mi']);
    expect(await memory('settings.maxPeers=100000')).toEqual(['144Mi', '256Mi']);
    expect(await memory(cluster)).toEqual(['194Mi', '306Mi']);
    expect(await memory(cluster, 'settings.maxPeers=1000000')).toEqual(['2644Mi', '2756Mi']);
    const [{ resources }] = podOf(await render('--set=resources.limits.memory=1Gi')).containers;
    expect(resources).toEqual({
      requests: { cpu: '10m', memory: '144Mi' },
      limits: { memory: '1Gi' },
    });
  });
});
