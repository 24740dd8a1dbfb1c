import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenReview } from '../api/http/access/access.ts';
import type { Config, Environment } from '../config/config.ts';
import { mayMineLabels } from '../core/mining/verdict/may-mine.ts';
import { NODE_NAME_REMEDY, type NodeLookup, unknownNodeText } from '../core/self/node-lookup.ts';
import { type Log, RateLimit } from '../log.ts';
import type { CredentialSource, Kubernetes } from '../workloads/kubernetes/kubernetes.ts';

/** What is asked for takes a Kubernetes API, and there is none. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
}

/** Begins to watch the API; resolves when the first names are there, or have been waited for. */
export type OpenCluster = () => Promise<Kubernetes>;

/** Where a kubelet puts what a pod asks the API with. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

const WARNING_PERIOD_MS = 600_000;
const NO_API =
  '--peers=cluster takes a Kubernetes API: a pod with a service account, or --kubeconfig';
const NO_API_FOR_TOKENS =
  '--auth=kubernetes needs the Kubernetes API: a pod with a service account, or --kubeconfig';
/** A daemon that starts without names shows its pods by uid, and then anew by name. */
const FIRST_NAMES_MS = 3000;

/**
 * Undefined where no Kubernetes is to be asked: such hosts do not even load the client. To be
 * called with all rights: the user that the daemon becomes may not be able to read our own files.
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
    const onTrouble = troubleTeller(log);
    const onLeftOut = once(() =>
      log.warn(peers === 'node' ? TOO_MANY_HERE : tooManyPeers(maxPeers)),
    );
    const tellUnknown = once((told: string) => log.warn(told));
    const onUnknownNode = (lookup: NodeLookup) =>
      tellUnknown(`${unknownNodeText(lookup)}; pods go by uid. ${NODE_NAME_REMEDY}`);
    const cluster = watchKubernetes({
      ...{ source, nodeName, peers, maxPeers, labelKeys },
      ...{ onTrouble, onLeftOut, onUnknownNode },
    });
    await Promise.race([cluster.attempted, sleep(FIRST_NAMES_MS, undefined, { ref: false })]);
    return cluster;
  };
}

/**
 * Asks the API about bearer tokens; undefined where that is not wanted. To be called with all rights,
 * as `findCluster`.
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
    `in a pod of Kubernetes without ${SERVICE_ACCOUNT}/token, so pods go by uid; ` +
      'give it a service account (automountServiceAccountToken), or --kubernetes=off',
  );
  return undefined;
}

/** It is a matter of settings, which only a restart changes: once is enough. */
function once<T extends readonly unknown[]>(tell: (...told: T) => void): (...told: T) => void {
  let isTold = false;
  return (...told) => {
    if (!isTold) tell(...told);
    isTold = true;
  };
}

const TOO_MANY_HERE =
  'more pods are bound to this node than are kept (10,000): the others go by uid. To see who creates ' +
  'them: kubectl get pods -A --field-selector spec.nodeName=NODE';

function tooManyPeers(maxPeers: number): string {
  return (
    `the cluster has more pods, Services or nodes than --max-peers=${maxPeers} keeps: the others ` +
    'appear with their addresses, and vigia_kubernetes_objects_left_out counts them. Raise it ' +
    '(VIGIA_MAX_PEERS), and the memory limit by 2.5 MB for each 1,000, or use --peers=node'
  );
}

/** `no token`: in a pod of Kubernetes that has no service account. */
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

function troubleTeller(log: Log): (err: unknown) => void {
  const limit = new RateLimit(WARNING_PERIOD_MS);
  return (err) => {
    const unsaid = limit.admit(performance.now());
    if (unsaid !== undefined) {
      const what = 'the Kubernetes API cannot be watched; names stay, new pods go by uid';
      log.warn({ err, unsaid }, what);
    }
  };
}
