import { Counter, Gauge, type Registry } from 'prom-client';
import type { WatchStatus } from '../../core/self/watch-status.ts';

/** Tells how the watches of the Kubernetes API fare, where there are any. */
export function kubernetesMetrics(registry: Registry, watches: readonly WatchStatus[]): void {
  const registers = [registry];
  const perWatch = (name: string, help: string, read: (watch: WatchStatus) => number) =>
    new Gauge({
      name: `vigia_kubernetes_${name}`,
      help,
      labelNames: ['resource'],
      registers,
      collect() {
        for (const watch of watches) this.set({ resource: watch.resource }, read(watch));
      },
    });
  perWatch(
    'watch_up',
    'Whether all objects of the Kubernetes API that are asked for are known and a watch tells what changes (1), or the last known names stay and new pods go by uid (0).',
    ({ isUp }) => Number(isUp),
  );
  perWatch(
    'last_heard_timestamp_seconds',
    'When the Kubernetes API last said something, if only that nothing changed (once a minute); 0 before it has.',
    ({ lastHeardMs = 0 }) => lastHeardMs / 1e3,
  );
  perWatch(
    'objects',
    'Objects of the Kubernetes API that are kept. Pods that have ended are not, unless they ran on this node.',
    ({ objects }) => objects,
  );
  perWatch(
    'objects_left_out',
    'Objects of the Kubernetes API that are not kept because there are more than VIGIA_MAX_PEERS, or more than 10,000 pods of this node: as of the last list, and roughly since. Such peers appear with their addresses, such pods by uid.',
    ({ leftOut }) => leftOut,
  );
  for (const what of ['list', 'watch'] as const) outcomes(what, registers, watches);
  new Counter({
    name: 'vigia_kubernetes_malformed_total',
    help: 'Objects of the Kubernetes API that could not be understood or were longer than 8 MiB.',
    labelNames: ['resource'],
    registers,
    collect() {
      this.reset();
      for (const { resource, malformed } of watches) this.inc({ resource }, malformed);
    },
  });
}

/** As kube-state-metrics has them. */
function outcomes(
  what: 'list' | 'watch',
  registers: Registry[],
  watches: readonly WatchStatus[],
): void {
  new Counter({
    name: `vigia_kubernetes_${what}_total`,
    help: `How often the Kubernetes API was asked to ${what}, by how it ended.`,
    labelNames: ['resource', 'result'],
    registers,
    collect() {
      this.reset();
      for (const watch of watches) {
        const { success, error } = what === 'list' ? watch.lists : watch.watches;
        this.inc({ resource: watch.resource, result: 'success' }, success);
        this.inc({ resource: watch.resource, result: 'error' }, error);
      }
    },
  });
}
