import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CHART, helm } from '../../lab/kubernetes/helm.ts';
import { Samples } from '../../lab/monitoring/samples.ts';
import { until } from '../../lab/process/process.ts';
import { type CgroupDriver, type ControlPlane, startControlPlane } from './control-plane.ts';
import { IMAGES, makeArchives } from './images.ts';
import { type ClusterNetwork, openClusterNetwork } from './network.ts';
import { type Node, startNode } from './node.ts';

/** Time for a pod to start or to be replaced, in the emulator. */
const PATIENCE_MS = 240_000;
/** Each poll uses the emulator's CPU time. */
const POLL_MS = 500;
/** Timeout for a response from a pod. */
const ANSWER_MS = 20_000;
/** Port of the metrics in the chart's pods. */
const PORT = 9770;

const run = promisify(execFile);

type Probe<T> = () => T | Promise<T>;

/** A Kubernetes cluster with one node. Removed at disposal. */
export interface Cluster extends AsyncDisposable {
  readonly network: ClusterNetwork;
  readonly control: ControlPlane;
  /** Throws an error with its output if it fails. */
  readonly kubectl: ControlPlane['kubectl'];
  /** Waits until `look` returns a value, and returns it. Throws at once if the node has ended. */
  readonly eventually: <T>(what: string, probe: Probe<T>) => Promise<NonNullable<T>>;
  /** Installs or upgrades the chart with exactly these flags, and waits for the rollout. */
  readonly installChart: (...flags: readonly string[]) => Promise<void>;
  /** Waits until the chart's new pod is ready. */
  readonly rolledOut: () => Promise<void>;
  readonly helm: (...words: readonly string[]) => Promise<string>;
  /** Address of the chart's pod. */
  readonly address: () => Promise<string>;
  /** Sends a request directly to the chart's pod. */
  readonly get: (path: string) => Promise<string>;
  /** A scrape of a snapshot newer than the call. */
  readonly scrape: () => Promise<Samples>;
}

export async function openCluster(cgroupDriver: CgroupDriver): Promise<Cluster> {
  await using stack = new AsyncDisposableStack();
  const network = stack.use(await openClusterNetwork());
  const control = stack.use(await startControlPlane(network));
  const node = stack.use(await bootNode(network, control, cgroupDriver));
  const { kubectl, kubeconfig } = control;
  const ours = (...words: readonly string[]) =>
    helm(`--kubeconfig=${kubeconfig}`, '--namespace=vigia', ...words);
  const rolledOut = async () => {
    const words = ['--namespace=vigia', 'rollout', 'status', 'daemonset/vigia'];
    await kubectl(...words, `--timeout=${PATIENCE_MS / 1000}s`);
  };
  const address = chartPod(control);
  const get = async (path: string) => {
    const url = `http://${await address()}:${PORT}${path}`;
    const command = ['busybox', 'wget', '-q', '-O', '-', url];
    const options = { maxBuffer: 1 << 24, timeout: ANSWER_MS };
    return (await run('nsenter', [`--net=${network.netns}`, ...command], options)).stdout;
  };
  const eventually: Cluster['eventually'] = (what, probe) => {
    const unhurried = async () => {
      await delay(POLL_MS);
      await node.check();
      return await probe();
    };
    return until(what, unhurried, PATIENCE_MS);
  };
  const all = stack.move();
  return {
    network,
    control,
    kubectl,
    eventually,
    helm: ours,
    installChart: async (...flags) => {
      const [repository, tag] = IMAGES.vigia.split(':');
      const image = `image.repository=${repository},image.tag=${tag}`;
      const words = ['upgrade', '--install', '--create-namespace', `--set=${image}`];
      await ours(...words, ...flags, 'vigia', CHART);
      await rolledOut();
    },
    rolledOut,
    address,
    get,
    scrape: () => freshSamples(get, eventually),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function bootNode(
  network: ClusterNetwork,
  control: ControlPlane,
  cgroupDriver: CgroupDriver,
): Promise<Node> {
  await using archives = await makeArchives();
  return await startNode(network, control, { cgroupDriver, images: archives.files });
}

/** Address of the chart's ready pod, or the last known one while the API is unavailable. */
function chartPod({ api }: ControlPlane): () => Promise<string> {
  let last = '';
  const selector = 'labelSelector=app.kubernetes.io%2Finstance%3Dvigia';
  return async () => {
    const answer = await api
      .request('GET', `/api/v1/namespaces/vigia/pods?${selector}`)
      .catch(() => undefined);
    const living = answer?.items.filter(
      ({ metadata }: { metadata: object }) => !('deletionTimestamp' in metadata),
    );
    last = living?.[0]?.status.podIP ?? last;
    return last;
  };
}

/** Uses the node's clock: of two further snapshots, the second began after the call. */
async function freshSamples(
  get: Cluster['get'],
  eventually: Cluster['eventually'],
): Promise<Samples> {
  const taken = new Set<number>();
  const probe = async () => {
    const samples = new Samples(await get('/metrics').catch(() => ''));
    const [at] = samples.select('vigia_snapshot_timestamp_seconds');
    if (at) taken.add(at.reading);
    return taken.size > 2 ? samples : undefined;
  };
  return await eventually('a fresh snapshot', probe);
}
