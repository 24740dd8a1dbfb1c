import { Counter, Gauge, type Registry } from 'prom-client';
import type { WatchStatus } from '../../core/self/watch-status.ts';

/** Registers the state of each watch of the Kubernetes API. */
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
    '1 if all requested objects of the Kubernetes API are known and a watch reports changes. 0 otherwise: known pods keep their names, new pods appear under their uid.',
    ({ isUp }) => Number(isUp),
  );
  perWatch(
    'last_heard_timestamp_seconds',
    'Unix time of the last message from the Kubernetes API. A bookmark arrives about once a minute even if nothing changed. 0 before the first message.',
    ({ lastHeardMs = 0 }) => lastHeardMs / 1e3,
  );
  perWatch(
    'objects',
    'Objects of the Kubernetes API kept in memory. Ended pods are kept only if they ran on this node.',
    ({ objects }) => objects,
  );
  perWatch(
    'objects_left_out',
    'Objects of the Kubernetes API that are not kept because a limit was reached: VIGIA_MAX_PEERS, or 10,000 pods of this node. Exact at each list, approximate in between. Such peers appear as addresses, such pods under their uid.',
    ({ leftOut }) => leftOut,
  );
  for (const what of ['list', 'watch'] as const) outcomes(what, registers, watches);
  new Counter({
    name: 'vigia_kubernetes_malformed_total',
    help: 'Objects of the Kubernetes API that could not be parsed or were longer than 8 MiB.',
    labelNames: ['resource'],
    registers,
    collect() {
      this.reset();
      for (const { resource, malformed } of watches) this.inc({ resource }, malformed);
    },
  });
}

/** Named and labeled as in kube-state-metrics. */
function outcomes(
  what: 'list' | 'watch',
  registers: Registry[],
  watches: readonly WatchStatus[],
): void {
  new Counter({
    name: `vigia_kubernetes_${what}_total`,
    help: `Requests to ${what} objects of the Kubernetes API, by result.`,
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
