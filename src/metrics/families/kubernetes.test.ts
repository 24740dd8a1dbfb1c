import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { kubernetesMetrics } from './kubernetes.ts';

test('a watch reports whether it is up, and its successes and errors', async () => {
  const registry = new Registry();
  const watch = {
    resource: 'pods',
    isUp: true,
    lastHeardMs: 1_500,
    objects: 12,
    leftOut: 3,
    lists: { success: 1, error: 2 },
    watches: { success: 3, error: 4 },
    malformed: 5,
    trouble: undefined,
  };
  kubernetesMetrics(registry, [watch]);
  await registry.metrics();
  watch.isUp = false;
  const lines = (await registry.metrics()).split('\n').filter((line) => /^\w/.test(line));
  expect(lines).toEqual([
    'vigia_kubernetes_watch_up{resource="pods"} 0',
    'vigia_kubernetes_last_heard_timestamp_seconds{resource="pods"} 1.5',
    'vigia_kubernetes_objects{resource="pods"} 12',
    'vigia_kubernetes_objects_left_out{resource="pods"} 3',
    'vigia_kubernetes_list_total{resource="pods",result="success"} 1',
    'vigia_kubernetes_list_total{resource="pods",result="error"} 2',
    'vigia_kubernetes_watch_total{resource="pods",result="success"} 3',
    'vigia_kubernetes_watch_total{resource="pods",result="error"} 4',
    'vigia_kubernetes_malformed_total{resource="pods"} 5',
  ]);
});
