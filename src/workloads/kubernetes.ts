import type { PodNames } from '../core/names.ts';
import type { WatchStatus } from '../core/watch-status.ts';
import { type CredentialSource, readCredentials } from './kubernetes/credentials.ts';
import { ObjectTable } from './kubernetes/object-table.ts';
import { PodBook } from './kubernetes/pod-book.ts';
import { type PodObject, readPod } from './kubernetes/pod-object.ts';
import { Reflector, type Resource } from './kubernetes/reflector.ts';

export { type CredentialSource, CredentialsError } from './kubernetes/credentials.ts';

export interface KubernetesOptions {
  readonly source: CredentialSource;
  /** What the API calls this node. */
  readonly nodeName: string;
  readonly onTrouble: (err: unknown) => void;
}

/** What the API knows, kept current until disposed. */
export interface Kubernetes extends AsyncDisposable {
  readonly names: PodNames;
  readonly watches: readonly WatchStatus[];
  /** When all that there is has been listed, or the first attempt to has failed. */
  readonly attempted: Promise<unknown>;
  /** How many pods of this node the API has. */
  readonly podsHere: () => number;
}

/** Throws what is wrong with them, as far as can be told without asking the API. */
export function checkCredentials(source: CredentialSource): void {
  readCredentials(source);
}

/** Watches the pods of this node. Throws what is wrong with the credentials; waits for nothing. */
export function watchKubernetes(options: KubernetesOptions): Kubernetes {
  const { source, nodeName, onTrouble } = options;
  readCredentials(source);
  const connect = async () => readCredentials(source);
  const book = new PodBook(nodeName);
  const reflector = new Reflector({
    connect,
    resource: podsOf(nodeName),
    table: new ObjectTable(book),
    onTrouble,
  });
  const stop = new AbortController();
  const done = reflector.run(stop.signal);
  return {
    names: book,
    watches: [reflector.status],
    attempted: reflector.attempted,
    podsHere: () => book.size,
    [Symbol.asyncDispose]: () => {
      stop.abort();
      return done;
    },
  };
}

function podsOf(nodeName: string): Resource<PodObject> {
  const fieldSelector = `spec.nodeName=${nodeName}`;
  return { name: 'pods', path: '/api/v1/pods', query: { fieldSelector }, read: readPod };
}
