import type { NodeLookup } from '../../core/self/node-lookup.ts';
import { type ApiAccess, ApiError, requestJson } from './client/api.ts';
import { listAt, nameAt } from './objects/json.ts';

const MOST_ITEMS = 1000;
const ANSWER_MS = 10_000;
/** A pod, or a node with 50 images, takes about 20 kB. */
const LONGEST_ANSWER = 32 * 1024 * 1024;
const FORBIDDEN = 403;
const NODES = '/api/v1/nodes';

/**
 * Looks up a node by its name. Without the right to read nodes, uses the node names in pods. Throws if
 * the API does not respond, or refuses both.
 */
export async function lookUpNode(
  access: ApiAccess,
  name: string,
  signal: AbortSignal,
): Promise<NodeLookup> {
  const list = async (path: string, fieldSelector?: string): Promise<readonly unknown[]> => {
    const query = { limit: String(MOST_ITEMS), ...(fieldSelector && { fieldSelector }) };
    const request = { path, query, idleMs: ANSWER_MS, longest: LONGEST_ANSWER };
    return listAt(await requestJson(access, request, signal), MOST_ITEMS, 'items');
  };
  const namesIn = (items: readonly unknown[], ...key: readonly string[]) =>
    [...new Set(items.map((item) => nameAt(item, ...key)))].filter((one) => one !== '').sort();
  const found = (known: readonly string[]): NodeLookup => ({
    name,
    isKnown: known.length === 0 ? undefined : known.includes(name),
    known,
  });
  try {
    const itself = await list(NODES, `metadata.name=${name}`);
    return found(namesIn(itself.length > 0 ? itself : await list(NODES), 'metadata', 'name'));
  } catch (err) {
    if (!(err instanceof ApiError) || err.status !== FORBIDDEN) throw err;
    return found(namesIn(await list('/api/v1/pods'), 'spec', 'nodeName'));
  }
}
