import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type KubeApiServer,
  kubeconfigFor,
  spawnKube,
  startKubeApiServer,
} from '../../lab/kubernetes/kube-api-server.ts';
import { TOOLS } from '../../lab/process/checkout.ts';
import { endNow } from '../../lab/process/process.ts';
import { type ClusterNetwork, GATEWAY, NODE } from './network.ts';
import { DOMAIN } from './service-names.ts';

/** The first address of SERVICE_NETWORK: pods reach the API there. */
const API_SERVICE = '10.96.0.1';
const MOST_OUTPUT = 1 << 26;

const CONTROLLERS = 'system:kube-controller-manager';
const SCHEDULER = 'system:kube-scheduler';
const KUBELET = `system:node:${NODE.name}`;
const PROXY = 'system:kube-proxy';

/** A Kubernetes cluster without a node: etcd, the API server, the controllers and the scheduler. */
export interface ControlPlane extends AsyncDisposable {
  readonly api: KubeApiServer;
  /** Kubeconfig of the admin. */
  readonly kubeconfig: string;
  /** Throws an error with its output if it fails. */
  readonly kubectl: (...words: readonly string[]) => Promise<string>;
  /** Writes the files that a node needs to join below the directory of its root. */
  readonly invite: (root: string, cgroupDriver: CgroupDriver) => Promise<void>;
}

export type CgroupDriver = 'systemd' | 'cgroupfs';

export async function startControlPlane(network: ClusterNetwork): Promise<ControlPlane> {
  await using stack = new AsyncDisposableStack();
  const { netns, address } = network;
  const api = stack.use(
    await startKubeApiServer({
      netns,
      address,
      alsoKnownAs: [GATEWAY, API_SERVICE],
      users: { [CONTROLLERS]: [], [SCHEDULER]: [], [KUBELET]: ['system:nodes'], [PROXY]: [] },
      flags: [
        '--authorization-mode=Node,RBAC',
        '--enable-admission-plugins=NodeRestriction',
        '--allow-privileged=true',
        `--advertise-address=${GATEWAY}`,
        '--kubelet-preferred-address-types=InternalIP',
      ],
    }),
  );
  const { directory, tokens } = api;
  const kubeconfig = (user: string) => api.kubeconfig(tokens.get(user) ?? '');
  const start = (part: string, flags: readonly string[]) => {
    const child = spawnKube(directory, part, [...flags, '--leader-elect=false'], netns);
    stack.defer(() => endNow(child));
  };
  start('kube-controller-manager', [
    `--kubeconfig=${kubeconfig(CONTROLLERS)}`,
    `--service-account-private-key-file=${directory}/accounts.key`,
    `--root-ca-file=${directory}/ca.crt`,
    `--cert-dir=${directory}/controllers`,
    // Otherwise all controllers are one user with almost no permissions.
    '--use-service-account-credentials',
  ]);
  start('kube-scheduler', [
    `--kubeconfig=${kubeconfig(SCHEDULER)}`,
    `--authentication-kubeconfig=${kubeconfig(SCHEDULER)}`,
    `--authorization-kubeconfig=${kubeconfig(SCHEDULER)}`,
    `--cert-dir=${directory}/scheduler`,
  ]);
  const admin = kubeconfig('admin');
  const all = stack.move();
  return {
    api,
    kubeconfig: admin,
    kubectl: (...words) => kubectl(admin, words),
    invite: (root, cgroupDriver) => invite(api, root, cgroupDriver),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function kubectl(kubeconfig: string, words: readonly string[]): Promise<string> {
  const args = ['kubectl', `--kubeconfig=${kubeconfig}`, ...words];
  const options = { maxBuffer: MOST_OUTPUT, env: { HOME: '/nonexistent' } };
  return (await promisify(execFile)(join(TOOLS, 'kube'), args, options)).stdout;
}

async function invite(api: KubeApiServer, root: string, cgroupDriver: CgroupDriver): Promise<void> {
  const to = join(root, 'etc/kubernetes');
  await mkdir(to, { recursive: true });
  await copyFile(join(api.directory, 'ca.crt'), join(to, 'ca.crt'));
  const server = `https://${GATEWAY}:${api.port}`;
  for (const [name, user] of Object.entries({ kubelet: KUBELET, 'kube-proxy': PROXY })) {
    const token = api.tokens.get(user) ?? '';
    await writeFile(join(to, `${name}.kubeconfig`), kubeconfigFor(server, token));
  }
  await writeFile(join(to, 'kubelet.json'), JSON.stringify(kubeletConfig(cgroupDriver)));
  await writeFile(join(to, 'kube-proxy.json'), JSON.stringify(PROXY_CONFIG));
}

/** Kubelet authorization is not tested here, and only the API server can reach the kubelet. */
const kubeletConfig = (cgroupDriver: CgroupDriver) => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
  authorization: { mode: 'AlwaysAllow' },
  cgroupDriver,
  containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
  clusterDNS: [GATEWAY],
  clusterDomain: DOMAIN,
  staticPodPath: '/etc/kubernetes/manifests',
  failSwapOn: false,
  evictionHard: {},
});

const PROXY_CONFIG = {
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'nftables',
  clientConnection: { kubeconfig: '/etc/kubernetes/kube-proxy.kubeconfig' },
  conntrack: { maxPerCore: 0, min: 0 },
};
