import type { HealthCheck } from '../api/http/health.ts';
import { NODE_NAME_REMEDY, type NodeLookup, unknownNodeText } from '../core/self/node-lookup.ts';
import type { WatchStatus } from '../core/self/watch-status.ts';
import type { Source } from './source.ts';

/** Health checks of the Kubernetes API; none if it is not used. */
export function clusterChecks(
  { watches, node }: Pick<Source, 'watches' | 'node'>,
  nowMs: number,
): HealthCheck[] {
  return [...watchChecks(watches, nowMs), ...(node ? [nodeCheck(node())] : [])];
}

/** With a node name that the API does not know, Vigia finds no pods. */
function nodeCheck(lookup: NodeLookup): HealthCheck {
  const name = 'kubernetes-node';
  const { isKnown } = lookup;
  if (isKnown) return { name, ok: true, detail: lookup.name };
  if (isKnown === false)
    return { name, ok: false, detail: `${unknownNodeText(lookup)}; ${NODE_NAME_REMEDY}` };
  const detail = `the Kubernetes API has not reported ${lookup.name} or any other node yet`;
  return { name, ok: true, isDegraded: true, detail };
}

/** One check per watch. A failing one does not make the daemon unready, because counting continues. */
function watchChecks(watches: readonly WatchStatus[], nowMs: number): HealthCheck[] {
  return watches.map((watch) => {
    const { resource, isUp, objects, leftOut, trouble } = watch;
    const more = leftOut === 0 ? '' : `, ${leftOut} left out (see the log)`;
    const detail = `${objects} known${more}, last update ${agoText(watch, nowMs)}`;
    const name = `kubernetes-${resource}`;
    if (isUp) return { name, ok: true, isDegraded: leftOut > 0, detail };
    return { name, ok: true, isDegraded: true, detail: `${trouble ?? 'listing'}; ${detail}` };
  });
}

function agoText({ lastHeardMs }: WatchStatus, nowMs: number): string {
  return lastHeardMs === undefined ? 'never' : `${((nowMs - lastHeardMs) / 1000).toFixed(1)} s ago`;
}
