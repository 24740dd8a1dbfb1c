import type { PeerClass } from '../../core/flow/peer-class.ts';
import type { PeerDirectory } from '../../core/flow/peer-directory.ts';
import type { PodNames } from '../../core/place/pod-name.ts';
import type { NodeLookup } from '../../core/self/node-lookup.ts';
import type { WatchStatus } from '../../core/self/watch-status.ts';
import { AccessReviewer } from './access-reviewer.ts';
import { type CredentialSource, readCredentials } from './client/credentials.ts';
import { type ObjectSink, ObjectTable } from './client/object-table.ts';
import { Reflector } from './client/reflector.ts';
import type { Resource } from './client/resource.ts';
import { ClusterDirectory } from './cluster-directory.ts';
import { lookUpNode } from './node-lookup.ts';
import { NodeWatch } from './node-watch.ts';
import { readNode } from './objects/node-object.ts';
import { type PodObject, readPod } from './objects/pod-object.ts';
import { readService } from './objects/service-object.ts';
import { peerBounds } from './peer-bounds.ts';
import { PodBook } from './pod-book.ts';

export { type CredentialSource, CredentialsError } from './client/credentials.ts';

export interface KubernetesOptions {
  readonly source: CredentialSource;
  /** What the API calls this node. */
  readonly nodeName: string;
  /** Whose pods are watched, and whether Services and nodes are. */
  readonly peers: 'node' | 'cluster';
  /** Pods elsewhere, Services and nodes that are kept. */
  readonly maxPeers: number;
  /** Keys of the labels of pods that are kept. */
  readonly labelKeys?: readonly string[];
  readonly onTrouble: (err: unknown) => void;
  /** The API knows nodes, and none by that name. Told again as long as that is so. */
  readonly onUnknownNode: (lookup: NodeLookup) => void;
  /** The cluster has more than `maxPeers`. */
  readonly onLeftOut: () => void;
}

/** What the API knows, kept current until disposed. */
export interface Kubernetes extends AsyncDisposable {
  readonly names: PodNames;
  /** Of the pods here, or all that is in the cluster. */
  readonly directory: PeerDirectory;
  /** How near the one is that has an address; undefined where nobody known has it. */
  readonly classOf: (address: string) => PeerClass | undefined;
  /** Whether the one that has an address is known to be in another region. */
  readonly isOtherRegion: (address: string) => boolean;
  readonly watches: readonly WatchStatus[];
  /** When all that there is has been listed, or the first attempt to has failed. */
  readonly attempted: Promise<unknown>;
  /** Whether the API knows this node. */
  readonly node: () => NodeLookup;
}

/** Throws what is wrong with them, as far as can be told without asking the API. */
export function checkCredentials(source: CredentialSource): void {
  readCredentials(source);
}

/** Asks the API what bearer tokens are good for. Throws what is wrong with the credentials. */
export function reviewAccess(source: CredentialSource): AccessReviewer {
  checkCredentials(source);
  return new AccessReviewer(async () => readCredentials(source));
}

/** Asks the API once. Throws what is wrong with the credentials or with the answer. */
export async function findNode(
  source: CredentialSource,
  name: string,
  signal: AbortSignal,
): Promise<NodeLookup> {
  return await lookUpNode(readCredentials(source), name, signal);
}

/** Watches the API. Throws what is wrong with the credentials; waits for nothing. */
export function watchKubernetes(options: KubernetesOptions): Kubernetes {
  const { source, nodeName, peers, maxPeers, labelKeys = [] } = options;
  checkCredentials(source);
  const book = new PodBook(nodeName);
  const directory = new ClusterDirectory(nodeName, () => reflectors[0]?.from);
  const pods = both(book, directory.pods);
  const bounds = peerBounds(nodeName, maxPeers);
  const reflectors =
    peers === 'node'
      ? [reflectorOf(podsOf(nodeName, labelKeys), new ObjectTable(pods, bounds.pods), options)]
      : [
          reflectorOf(allPods(nodeName, labelKeys), new ObjectTable(pods, bounds.pods), options),
          reflectorOf(SERVICES, new ObjectTable(directory.services, bounds.services), options),
          reflectorOf(NODES, new ObjectTable(directory.nodes, bounds.nodes), options),
        ];
  const stop = new AbortController();
  const node = new NodeWatch({
    name: nodeName,
    connect: async () => readCredentials(source),
    hasPods: () => book.size > 0,
    onUnknown: options.onUnknownNode,
  });
  const attempted = Promise.all(reflectors.map((reflector) => reflector.attempted));
  const done = Promise.all([
    ...reflectors.map((reflector) => reflector.run(stop.signal)),
    attempted.then(() => node.run(stop.signal)),
  ]);
  return {
    names: book,
    directory,
    classOf: (address) => directory.classOf(address),
    isOtherRegion: (address) => directory.isOtherRegion(address),
    watches: reflectors.map(({ status }) => status),
    attempted,
    node: () => node.lookup,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await done;
    },
  };
}

function reflectorOf<T extends { readonly uid: string }>(
  resource: Resource<T>,
  table: ObjectTable<T>,
  { source, onTrouble, onLeftOut }: KubernetesOptions,
) {
  const connect = async () => readCredentials(source);
  return new Reflector<T>({ connect, resource, table, onTrouble, onLeftOut });
}

function both<T>(one: ObjectSink<T>, other: ObjectSink<T>): ObjectSink<T> {
  return {
    put: (object, before) => {
      one.put(object, before);
      other.put(object, before);
    },
    remove: (object) => {
      one.remove(object);
      other.remove(object);
    },
  };
}

const PODS = { name: 'pods', path: '/api/v1/pods' } as const;
const SERVICES = { name: 'services', path: '/api/v1/services', query: {}, read: readService };
const NODES = { name: 'nodes', path: '/api/v1/nodes', query: {}, read: readNode };

function podsOf(nodeName: string, labelKeys: readonly string[]): Resource<PodObject> {
  const query = { fieldSelector: `spec.nodeName=${nodeName}` };
  return { ...PODS, query, read: (object) => readPod(object, { labelKeys }) };
}

/** Of pods elsewhere nobody asks for containers. */
function allPods(nodeName: string, labelKeys: readonly string[]): Resource<PodObject> {
  return { ...PODS, query: {}, read: (object) => readPod(object, { nodeName, labelKeys }) };
}
