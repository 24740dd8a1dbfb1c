import type { HealthCheck } from '../api/http/health.ts';
import { NODE_NAME_REMEDY, type NodeLookup, unknownNodeText } from '../core/self/node-lookup.ts';
import type { WatchStatus } from '../core/self/watch-status.ts';
import type { Source } from './source.ts';

/** How the Kubernetes API is doing; none where it is not asked. */
export function clusterChecks(
  { watches, node }: Pick<Source, 'watches' | 'node'>,
  nowMs: number,
): HealthCheck[] {
  return [...watchChecks(watches, nowMs), ...(node ? [nodeCheck(node())] : [])];
}

/** By a name that the API does not know no pod is ever found. */
function nodeCheck(lookup: NodeLookup): HealthCheck {
  const name = 'kubernetes-node';
  const { isKnown } = lookup;
  if (isKnown) return { name, ok: true, detail: lookup.name };
  if (isKnown === false)
    return { name, ok: false, detail: `${unknownNodeText(lookup)}; ${NODE_NAME_REMEDY}` };
  const detail = `the Kubernetes API has not told of ${lookup.name}, nor of any other node`;
  return { name, ok: true, isDegraded: true, detail };
}

/** One a watch. Without it counting goes on, so none makes us unready. */
function watchChecks(watches: readonly WatchStatus[], nowMs: number): HealthCheck[] {
  return watches.map((watch) => {
    const { resource, isUp, objects, leftOut, trouble } = watch;
    const more = leftOut === 0 ? '' : `, ${leftOut} left out (the log says why)`;
    const detail = `${objects} known${more}, last heard of ${agoText(watch, nowMs)}`;
    const name = `kubernetes-${resource}`;
    if (isUp) return { name, ok: true, isDegraded: leftOut > 0, detail };
    return { name, ok: true, isDegraded: true, detail: `${trouble ?? 'listing'}; ${detail}` };
  });
}

function agoText({ lastHeardMs }: WatchStatus, nowMs: number): string {
  return lastHeardMs === undefined ? 'never' : `${((nowMs - lastHeardMs) / 1000).toFixed(1)} s ago`;
}
