import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenReview } from '../api/http/access/access.ts';
import type { Config, Environment } from '../config/config.ts';
import { mayMineLabels } from '../core/mining/verdict/may-mine.ts';
import { NODE_NAME_REMEDY, type NodeLookup, unknownNodeText } from '../core/self/node-lookup.ts';
import { type Log, RateLimit } from '../log.ts';
import type { CredentialSource, Kubernetes } from '../workloads/kubernetes/kubernetes.ts';

/** A setting needs the Kubernetes API, and there is none. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
}

/** Starts to watch the API; resolves with the first names, or after a few seconds without. */
export type OpenCluster = () => Promise<Kubernetes>;

/** The kubelet mounts a pod's credentials for the API here. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

const WARNING_PERIOD_MS = 600_000;
const NO_API =
  '--peers=cluster needs the Kubernetes API: a pod with a service account, or --kubeconfig';
const NO_API_FOR_TOKENS =
  '--auth=kubernetes needs the Kubernetes API: a pod with a service account, or --kubeconfig';
/** Longest wait for names. Without them, pods appear with their uid first and their name later. */
const FIRST_NAMES_MS = 3000;

/**
 * Undefined without Kubernetes; such hosts do not load the client. Call it before privileges are
 * dropped, because the daemon's user may not be able to read Vigia's own files.
 */
export async function findCluster(
  config: Pick<Config, 'kubernetes' | 'kubeconfig' | 'nodeName' | 'peers' | 'maxPeers' | 'mayMine'>,
  log: Log,
  env: Environment,
): Promise<OpenCluster | undefined> {
  const source = sourceOf(config, log, env);
  if (source === undefined) {
    if (config.peers === 'cluster') throw new ClusterError(NO_API);
    return undefined;
  }
  const { checkCredentials, watchKubernetes } = await import(
    '../workloads/kubernetes/kubernetes.ts'
  );
  checkCredentials(source);
  const { nodeName, peers, maxPeers, mayMine = [] } = config;
  const labelKeys = mayMineLabels(mayMine);
  return async () => {
    const onTrouble = troubleLog(log);
    const onLeftOut = once(() =>
      log.warn(peers === 'node' ? TOO_MANY_HERE : tooManyPeers(maxPeers)),
    );
    const warnUnknown = once((message: string) => log.warn(message));
    const onUnknownNode = (lookup: NodeLookup) =>
      warnUnknown(`${unknownNodeText(lookup)}, so pods appear with their uid; ${NODE_NAME_REMEDY}`);
    const cluster = watchKubernetes({
      ...{ source, nodeName, peers, maxPeers, labelKeys },
      ...{ onTrouble, onLeftOut, onUnknownNode },
    });
    await Promise.race([cluster.attempted, sleep(FIRST_NAMES_MS, undefined, { ref: false })]);
    return cluster;
  };
}

/**
 * Reviews bearer tokens with the API; undefined with --auth=off. Call it before privileges are
 * dropped, as `findCluster`.
 */
export async function findTokenReview(
  { auth, kubeconfig }: Pick<Config, 'auth' | 'kubeconfig'>,
  env: Environment,
): Promise<TokenReview | undefined> {
  if (auth === 'off') return undefined;
  const source = credentialsIn(kubeconfig, env);
  if (source === undefined || source === 'no token') throw new ClusterError(NO_API_FOR_TOKENS);
  const { reviewAccess } = await import('../workloads/kubernetes/kubernetes.ts');
  const reviewer = reviewAccess(source);
  return (token, path) => reviewer.review(token, path);
}

function sourceOf(
  { kubernetes, kubeconfig }: Pick<Config, 'kubernetes' | 'kubeconfig'>,
  log: Log,
  env: Environment,
): CredentialSource | undefined {
  if (kubernetes === 'off') return undefined;
  const source = credentialsIn(kubeconfig, env);
  if (source !== 'no token') return source;
  log.warn(
    `this pod has no ${SERVICE_ACCOUNT}/token, so pods appear with their uid. ` +
      'Give it a service account (automountServiceAccountToken), or set --kubernetes=off',
  );
  return undefined;
}

/** Logs once, because only a restart with other settings helps. */
function once<T extends readonly unknown[]>(warn: (...args: T) => void): (...args: T) => void {
  let isDone = false;
  return (...args) => {
    if (!isDone) warn(...args);
    isDone = true;
  };
}

const TOO_MANY_HERE =
  'more than 10,000 pods are bound to this node: the others appear with their uid. To list them: ' +
  'kubectl get pods -A --field-selector spec.nodeName=NODE';

function tooManyPeers(maxPeers: number): string {
  return (
    `the cluster has more pods, Services or nodes than --max-peers=${maxPeers} keeps: the others ` +
    'appear with their addresses, counted in vigia_kubernetes_objects_left_out. Raise the setting ' +
    '(VIGIA_MAX_PEERS) and the memory limit (2.5 MB per 1,000), or use --peers=node'
  );
}

/** `no token`: a pod without a service account. */
export function credentialsIn(
  kubeconfig: string | undefined,
  env: Environment,
): CredentialSource | 'no token' | undefined {
  if (kubeconfig !== undefined) return { kubeconfig };
  const [host, port] = [env['KUBERNETES_SERVICE_HOST'], env['KUBERNETES_SERVICE_PORT']];
  if (!host || !port) return undefined;
  if (!existsSync(`${SERVICE_ACCOUNT}/token`)) return 'no token';
  return { serviceAccount: { host, port, directory: SERVICE_ACCOUNT } };
}

function troubleLog(log: Log): (err: unknown) => void {
  const limit = new RateLimit(WARNING_PERIOD_MS);
  return (err) => {
    const suppressed = limit.admit(performance.now());
    if (suppressed !== undefined) {
      const what =
        'cannot watch the Kubernetes API; known names are kept, new pods appear with their uid';
      log.warn({ err, suppressed }, what);
    }
  };
}
