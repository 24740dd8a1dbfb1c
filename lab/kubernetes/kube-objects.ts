import { randomBytes } from 'node:crypto';
import type { KubeApiServer } from './kube-api-server.ts';

/** Exactly the permissions that the agent needs. */
export const POD_READER: Rules = [rule('pods')];
export const CLUSTER_READER: Rules = [rule('pods', 'services', 'nodes')];

export type Rules = readonly ((
  | { readonly apiGroups: readonly string[]; readonly resources: readonly string[] }
  | { readonly nonResourceURLs: readonly string[] }
) & { readonly verbs: readonly string[] })[];

function rule(...resources: readonly string[]): Rules[number] {
  return { apiGroups: [''], resources, verbs: ['list', 'watch'] };
}

/** A service account with its own permissions. */
export interface Account {
  /** Creates a new token. */
  readonly token: () => Promise<string>;
  /** Deletes it with all of its tokens, and creates another one with the same name. */
  readonly replace: () => Promise<void>;
}

export async function makeAccount({ request }: KubeApiServer, rules: Rules): Promise<Account> {
  const name = `vigia-${randomBytes(4).toString('hex')}`;
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  const roles = '/apis/rbac.authorization.k8s.io/v1';
  const make = () => request('POST', accounts, { metadata: { name } });
  await make();
  await request('POST', `${roles}/clusterroles`, { metadata: { name }, rules });
  await request('POST', `${roles}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
  });
  return {
    token: async () => (await request('POST', `${accounts}/${name}/token`, {})).status.token,
    replace: async () => {
      await request('DELETE', `${accounts}/${name}`);
      await make();
    },
  };
}

/** A pod in the API, with the values in the names of its cgroups. */
export interface Pod {
  readonly uid: string;
  readonly name: string;
  /** Full ids by container name. */
  readonly containers: Readonly<Record<string, string>>;
  readonly path: string;
}

export interface PodOptions {
  readonly name: string;
  readonly node: string;
  readonly metadata?: object;
  readonly spec?: object;
  readonly addresses?: readonly string[];
  /** The names distinguish init and ephemeral containers; by default `app`. */
  readonly containers?: readonly string[];
  readonly status?: object;
}

const IMAGE = { image: 'nowhere/none' };

/** Creates a pod with the status that a kubelet would report. */
export async function makePod(api: KubeApiServer, options: PodOptions): Promise<Pod> {
  const { name, node, metadata, spec, containers: names = ['app'] } = options;
  const pods = '/api/v1/namespaces/default/pods';
  const made = await api.request('POST', pods, {
    metadata: { name, ...metadata },
    spec: {
      nodeName: node,
      containers: names.map((each) => ({ name: each, ...IMAGE })),
      ...spec,
    },
  });
  const ids = names.map((each) => [each, randomBytes(32).toString('hex')] as const);
  const pod = {
    uid: made.metadata.uid as string,
    name,
    containers: Object.fromEntries(ids),
    path: `${pods}/${name}`,
  };
  await reportRunning(api, pod, options);
  return pod;
}

async function reportRunning(
  { request }: KubeApiServer,
  { path, containers }: Pod,
  { addresses = [], status }: PodOptions,
): Promise<void> {
  const containerStatuses = Object.entries(containers).map(([name, id]) => ({
    name,
    containerID: `containerd://${id}`,
    image: 'none',
    imageID: 'none',
    ready: true,
    restartCount: 0,
  }));
  await request('PATCH', `${path}/status`, {
    status: {
      phase: 'Running',
      startTime: new Date().toISOString().replace(/\.\d+/, ''),
      containerStatuses,
      ...(addresses[0] && { podIP: addresses[0], podIPs: addresses.map((ip) => ({ ip })) }),
      ...status,
    },
  });
}

export async function removePod(
  { request }: KubeApiServer,
  { path }: Pick<Pod, 'path'>,
): Promise<void> {
  await request('DELETE', path, { gracePeriodSeconds: 0 });
}

/** The cgroup of a container with a kubelet's systemd driver. */
export function cgroupOf({ uid, containers }: Pod, container = 'app'): string {
  const slice = `kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice`;
  const scope = `cri-containerd-${containers[container]}.scope`;
  return `kubepods.slice/kubepods-burstable.slice/${slice}/${scope}`;
}

/** A node with an address and a cloud's labels. */
export async function makeNode(
  { request }: KubeApiServer,
  name: string,
  properties: { readonly address: string; readonly zone: string; readonly region: string },
): Promise<void> {
  const labels = {
    'topology.kubernetes.io/zone': properties.zone,
    'topology.kubernetes.io/region': properties.region,
  };
  await request('POST', '/api/v1/nodes', { metadata: { name, labels } });
  const addresses = [{ type: 'InternalIP', address: properties.address }];
  await request('PATCH', `/api/v1/nodes/${name}/status`, { status: { addresses } });
}

export async function makeService(
  { request }: KubeApiServer,
  name: string,
  { address, port }: { readonly address: string; readonly port: number },
): Promise<void> {
  const spec = { clusterIP: address, ports: [{ port }] };
  await request('POST', '/api/v1/namespaces/default/services', { metadata: { name }, spec });
}
