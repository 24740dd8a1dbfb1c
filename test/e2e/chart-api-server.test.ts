import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  CHART,
  find,
  helm,
  type Manifest,
  render,
  VALUE_SETS,
  valuesOf,
} from '../../lab/kubernetes/helm.ts';
import { type KubeApiServer, startKubeApiServer } from '../../lab/kubernetes/kube-api-server.ts';
import { makeAccount } from '../../lab/kubernetes/kube-objects.ts';
import { installOperatorCrds } from '../../lab/kubernetes/operator-crds.ts';

let api: KubeApiServer;

beforeAll(async () => {
  api = await startKubeApiServer();
  await installOperatorCrds(api);
  const levels = { vigia: 'privileged', monitoring: 'privileged', strict: 'restricted' };
  for (const [name, level] of Object.entries(levels))
    await api.request('POST', '/api/v1/namespaces', {
      metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': level } },
    });
});

afterAll(async () => await api[Symbol.asyncDispose]());

/** Kinds without a namespace. */
const CLUSTER_WIDE = ['Namespace', 'ClusterRole', 'ClusterRoleBinding'];

function pathOf({ apiVersion, kind, metadata }: Manifest): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
  if (CLUSTER_WIDE.includes(kind)) return `${group}/${plural}`;
  return `${group}/namespaces/${metadata.namespace}/${plural}`;
}

/**
 * The object as stored by the API server. Throws for anything it refuses, including unknown fields.
 */
async function accept(object: Manifest): Promise<Manifest> {
  return await api.request('POST', `${pathOf(object)}?dryRun=All&fieldValidation=Strict`, object);
}

test.each(VALUE_SETS)(
  'a real API server accepts the chart rendered with values: %s',
  async (set) => {
    const objects = await render(valuesOf(set));
    // It must exist before its contents.
    for (const object of objects.filter(({ kind }) => kind !== 'Namespace')) {
      const { kind, metadata } = await accept(object);
      expect([kind, metadata.name]).toEqual([object.kind, object.metadata.name]);
    }
  },
);

test('the namespace has the labels that Pod Security requires', async () => {
  const namespace = find(await render('--set=namespace.create=true'), 'Namespace');
  const { name, labels } = namespace.metadata;
  expect(name).toBe('vigia');
  expect(labels['pod-security.kubernetes.io/enforce']).toBe('privileged');
  await expect(accept(namespace)).rejects.toThrow('409 namespaces "vigia" already exists');
});

/** The pod as the DaemonSet controller would create it. */
async function pod(...flags: readonly string[]): Promise<Manifest> {
  const { metadata, spec } = find(await render(...flags), 'DaemonSet')['spec'].template;
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'pod' }, spec };
}

const inside = (object: Manifest, namespace: string): Manifest => ({
  ...object,
  metadata: { ...object.metadata, namespace },
});

test('the pod is admitted to a privileged namespace only', async () => {
  const agent = await pod();
  const { spec } = await accept(inside(agent, 'vigia'));
  expect(spec.priority).toBeGreaterThan(2_000_000_000);
  await expect(accept(inside(agent, 'strict'))).rejects.toThrow(
    /violates PodSecurity "restricted:latest".*hostPath/,
  );
});

test('the daemon’s pod meets the strictest level, except for its hostPath volumes', async () => {
  const agent = await pod();
  const { initContainers: _, volumes, ...spec } = agent['spec'];
  type Volume = { readonly name: string; readonly hostPath?: object };
  const harmless = (volumes as Volume[]).map(({ hostPath, ...volume }) =>
    hostPath ? { ...volume, emptyDir: {} } : volume,
  );
  await accept(inside({ ...agent, spec: { ...spec, volumes: harmless } }, 'strict'));
  const { containers } = spec;
  containers[0].securityContext.capabilities.add = ['BPF'];
  await expect(
    accept(inside({ ...agent, spec: { ...spec, volumes: harmless } }, 'strict')),
  ).rejects.toThrow('unrestricted capabilities');
});

/** The whole life of a release, on an API server without nodes. */
test('helm installs, upgrades, unloads and uninstalls, prints the next steps, and leaves nothing behind', async () => {
  const all = ['*'];
  const account = await makeAccount(api, [{ apiGroups: all, resources: all, verbs: all }]);
  const kubeconfig = api.kubeconfig(await account.token());
  const release = (command: string, ...args: readonly string[]) =>
    helm(command, 'vigia', ...args, '--namespace=vigia', `--kubeconfig=${kubeconfig}`);
  const daemonSets = '/apis/apps/v1/namespaces/vigia/daemonsets';
  const initContainer = async () =>
    (await api.request('GET', `${daemonSets}/vigia`)).spec.template.spec.initContainers[0].args;

  const notes = await release('install', CHART, '--set=prometheus.scrape=PodMonitor');
  expect(notes).toContain('kubectl -n vigia port-forward daemonset/vigia 9770');
  expect(notes).toContain('helm -n vigia upgrade vigia CHART --reuse-values --set unload=true');
  expect(await initContainer()).toEqual(['load']);

  const annotated = await release('upgrade', CHART, '--set=prometheus.scrape=annotations');
  expect(annotated).toContain('honor_labels: true');
  const unloading = await release('upgrade', CHART, '--reuse-values', '--set=unload=true');
  expect(unloading).toContain('kubectl -n vigia rollout status daemonset/vigia');
  expect(unloading).not.toContain('port-forward');
  expect(await initContainer()).toEqual(['unload']);

  await release('uninstall');
  const left = [
    daemonSets,
    '/api/v1/namespaces/vigia/services',
    '/api/v1/namespaces/vigia/serviceaccounts',
    '/api/v1/namespaces/vigia/secrets',
    '/apis/monitoring.coreos.com/v1/podmonitors',
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ].map(async (path) => (await api.request('GET', path)).items.map(nameOf));
  const names = (await Promise.all(left)).flat();
  expect(names).not.toContain('vigia');
  expect(names.filter((name) => name.startsWith('sh.helm.release'))).toEqual([]);
});

test.each([
  [[], /Everyone in the cluster can read it/, /CPU time and traffic, and pods that appear to mine/],
  [['settings.miningMetrics=off'], /Everyone in the cluster can read it/, /and traffic\. Everyone/],
  [
    ['settings.auth=kubernetes'],
    /The ClusterRole vigia-scraper grants this\./,
    /requires credentials/,
  ],
  [
    ['webConfig.config.basic_auth_users.a=b'],
    /traffic, .* It requires credentials\./,
    /appear to mine, with the evidence/,
  ],
  [
    ['networkPolicy.enabled=true', 'networkPolicy.from[0].podSelector.matchLabels.a=b'],
    /Only networkPolicy.from can reach it/,
    /appear to mine, with the evidence/,
  ],
] as const)('the notes describe the port and its access: %j', async (values, who, what) => {
  const kubeconfig = `--kubeconfig=${api.kubeconfig(api.tokens.get('admin') ?? '')}`;
  const flags = values.map((pair) => `--set=${pair}`);
  const dry = ['--dry-run=client', '--namespace=vigia', kubeconfig];
  const output = await helm('install', 'vigia', CHART, ...dry, ...flags);
  const notes = output.slice(output.indexOf('NOTES:')).replaceAll(/\s+/g, ' ');
  expect(notes).toMatch(who);
  expect(notes).toMatch(what);
});

const nameOf = ({ metadata }: Manifest) => metadata.name;
