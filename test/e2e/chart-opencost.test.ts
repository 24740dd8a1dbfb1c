import { expect, test } from 'vitest';
import { CHART, environmentOf, find, helm, render, valuesOf } from '../../lab/kubernetes/helm.ts';

/** The labels that OpenCost's collector requires. */
const COLLECTED = {
  'app.kubernetes.io/name': 'network-costs',
  'app.kubernetes.io/instance': 'kubecost',
};
const SELECTOR = { ...COLLECTED, app: 'vigia' };
const OWN = { 'app.kubernetes.io/name': 'vigia', 'app.kubernetes.io/instance': 'vigia' };

test('pods have the labels and the port by which the collector finds them', async () => {
  const { spec } = find(await render('--set=opencost.collector=true'), 'DaemonSet');
  expect(spec.template.metadata.labels).toMatchObject(COLLECTED);
  const [daemon] = spec.template.spec.containers;
  expect(daemon.ports).toMatchObject([{ name: 'metrics', containerPort: 3001 }]);
  expect(environmentOf(daemon).get('VIGIA_LISTEN')).toBe(':3001');
  expect(environmentOf(daemon).get('VIGIA_EGRESS')).toBe('opencost');
  const elsewhere = await render('--set=opencost.collector=true,opencost.port=19770');
  const [other] = find(elsewhere, 'DaemonSet')['spec'].template.spec.containers;
  expect(environmentOf(other).get('VIGIA_LISTEN')).toBe(':19770');
});

test('all selectors match these pods, and objects keep their own names', async () => {
  const objects = await render(valuesOf('opencost'));
  const { spec } = find(objects, 'DaemonSet');
  expect(spec.selector.matchLabels).toEqual(SELECTOR);
  expect(spec.template.metadata.labels).toMatchObject(SELECTOR);
  expect(find(objects, 'Service')['spec'].selector).toEqual(SELECTOR);
  expect(find(objects, 'NetworkPolicy')['spec'].podSelector.matchLabels).toEqual(SELECTOR);
  const monitor = find(objects, 'PodMonitor')['spec'];
  expect(monitor.selector.matchLabels).toEqual(SELECTOR);
  // Its value is the job in both cases. Rules and dashboards use it.
  expect(spec.template.metadata.labels[monitor.jobLabel]).toBe('vigia');
  for (const { kind, metadata } of objects)
    if (kind !== 'Pod') expect([kind, metadata.labels]).toMatchObject([kind, OWN]);
});

test('a ServiceMonitor selects the Service, and leaves the label service to OpenCost', async () => {
  const flags = ['--set=opencost.collector=true', '--set=prometheus.scrape=ServiceMonitor'];
  const objects = await render(...flags);
  const { spec } = find(objects, 'ServiceMonitor');
  expect(find(objects, 'Service').metadata.labels).toMatchObject(spec.selector.matchLabels);
  const dropped = { action: 'labeldrop', regex: 'namespace|pod|container|service' };
  expect(spec.endpoints[0].relabelings).toContainEqual(dropped);
});

test('without the collector nothing changes, and an older release can be upgraded', async () => {
  for (const flag of ['--set=opencost.collector=false', '--set=opencost=null']) {
    const { spec } = find(await render(flag), 'DaemonSet');
    expect(spec.selector.matchLabels).toEqual(OWN);
    expect(spec.template.metadata.labels['app']).toBeUndefined();
    const [daemon] = spec.template.spec.containers;
    expect(environmentOf(daemon).get('VIGIA_LISTEN')).toBe(':9770');
    expect(environmentOf(daemon).get('VIGIA_EGRESS')).toBe('off');
  }
});

test.each([
  ['settings.egress=class', 'sets settings.egress to opencost'],
  ['settings.auth=kubernetes', 'without credentials and without TLS'],
  [
    'webConfig.config.tls_server_config.cert_file=tls/tls.crt',
    'without credentials and without TLS',
  ],
])('with %s the collector is refused with a reason', async (pair, reason) => {
  const flags = ['--set=opencost.collector=true', `--set=${pair}`];
  await expect(helm('template', 'vigia', CHART, ...flags)).rejects.toThrow(reason);
});
