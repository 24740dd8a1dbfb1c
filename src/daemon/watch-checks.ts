import type { HealthCheck } from '../api/http/health.ts';
import type { WatchStatus } from '../core/watch-status.ts';

/** One a watch of the Kubernetes API. Without it counting goes on, so none makes us unready. */
export function watchChecks(watches: readonly WatchStatus[], nowMs: number): HealthCheck[] {
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
