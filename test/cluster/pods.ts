import { join } from 'node:path';
import type { Cluster } from './cluster.ts';

const MANIFESTS = join(import.meta.dirname, 'manifests');

/** The fields of a pod that tests use. */
export interface PodFacts {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly ContainerFacts[];
    readonly initContainerStatuses?: readonly ContainerFacts[];
  };
}

interface ContainerFacts {
  readonly name: string;
  readonly containerID?: string;
  readonly restartCount: number;
  readonly state: {
    readonly terminated?: { readonly exitCode: number; readonly message?: string };
  };
}

/** Applies manifests/NAME.yaml. */
export async function apply({ kubectl }: Cluster, name: string): Promise<void> {
  await kubectl('apply', `--filename=${join(MANIFESTS, `${name}.yaml`)}`);
}

/** Applies all manifests except the faulty ones, and waits until the pods are ready. */
export async function applyAll(cluster: Cluster): Promise<void> {
  for (const name of ['inspector', 'workloads']) await apply(cluster, name);
  await ready(cluster, 'default', 'inspector');
  await ready(cluster, 'shop', 'ear-', 'guaranteed', 'burstable', 'besteffort', 'brief-');
  await ready(cluster, 'limited', 'frugal');
  await apply(cluster, 'senders');
  await ready(cluster, 'shop', 'bulk', 'stream-', 'host-stream', 'nightly-');
  // One run is enough, because the emulator is slow.
  await cluster.kubectl(
    '-n',
    'shop',
    'patch',
    'cronjob',
    'nightly',
    '-p',
    '{"spec":{"suspend":true}}',
  );
}

export async function podsOf({ control }: Cluster, namespace: string): Promise<PodFacts[]> {
  return (await control.api.request('GET', `/api/v1/namespaces/${namespace}/pods`)).items;
}

/** Waits until all pods with this name prefix are ready, or have succeeded. */
export async function ready(
  cluster: Cluster,
  namespace: string,
  ...names: readonly string[]
): Promise<PodFacts[]> {
  const probe = async () => {
    const pods = await podsOf(cluster, namespace);
    const found = names.map((name) =>
      pods.find((pod) => pod.metadata.name.startsWith(name) && isReady(pod)),
    );
    return found.every((pod) => pod !== undefined) ? (found as PodFacts[]) : undefined;
  };
  return await cluster.eventually(`${namespace}: ${names.join(', ')}`, probe);
}

function isReady({ status: { phase, conditions = [] } }: PodFacts): boolean {
  return (
    phase === 'Succeeded' ||
    conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  );
}

/** Container ids by name. */
export function containersOf({ status }: PodFacts): ReadonlyMap<string, string> {
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  return new Map(
    all.map(({ name, containerID = '' }) => [name, containerID.replace(/^.*:\/\//, '')]),
  );
}
