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
import { PodNameBook } from './pod-name-book.ts';

export { type CredentialSource, CredentialsError } from './client/credentials.ts';

export interface KubernetesOptions {
  readonly source: CredentialSource;
  /** Name of this node in the API. */
  readonly nodeName: string;
  /** `node`: watch the pods of this node; `cluster`: all pods, Services and nodes. */
  readonly peers: 'node' | 'cluster';
  /** Limit of pods on other nodes, Services and nodes. */
  readonly maxPeers: number;
  /** Keys of the pod labels to keep. */
  readonly labelKeys?: readonly string[];
  readonly onTrouble: (err: unknown) => void;
  /** The API has nodes, but none with this name. Called after each lookup that finds this. */
  readonly onUnknownNode: (lookup: NodeLookup) => void;
  /** The cluster has more than `maxPeers`. */
  readonly onLeftOut: () => void;
}

/** Objects of the API, kept current until disposed. */
export interface Kubernetes extends AsyncDisposable {
  readonly names: PodNames;
  /** The pods of this node, or everything in the cluster. */
  readonly directory: PeerDirectory;
  /** The class of an address; undefined for an unknown address. */
  readonly classOf: (address: string) => PeerClass | undefined;
  /** Whether an address is known to be in another region. */
  readonly isOtherRegion: (address: string) => boolean;
  readonly watches: readonly WatchStatus[];
  /** Resolves when everything is listed, or the first attempt has failed. */
  readonly attempted: Promise<unknown>;
  /** Whether the API knows this node. */
  readonly node: () => NodeLookup;
}

/** Throws for credentials that are invalid without a call to the API. */
export function checkCredentials(source: CredentialSource): void {
  readCredentials(source);
}

/** Reviews bearer tokens with the API. Throws for invalid credentials. */
export function reviewAccess(source: CredentialSource): AccessReviewer {
  checkCredentials(source);
  return new AccessReviewer(async () => readCredentials(source));
}

/** Looks up a node once. Throws for invalid credentials or a failed call. */
export async function findNode(
  source: CredentialSource,
  name: string,
  signal: AbortSignal,
): Promise<NodeLookup> {
  return await lookUpNode(readCredentials(source), name, signal);
}

/** Starts to watch the API. Throws for invalid credentials. */
export function watchKubernetes(options: KubernetesOptions): Kubernetes {
  const { source, nodeName, peers, maxPeers, labelKeys = [] } = options;
  checkCredentials(source);
  const book = new PodNameBook(nodeName);
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

/** Containers are needed for the pods of this node only. */
function allPods(nodeName: string, labelKeys: readonly string[]): Resource<PodObject> {
  return { ...PODS, query: {}, read: (object) => readPod(object, { nodeName, labelKeys }) };
}
