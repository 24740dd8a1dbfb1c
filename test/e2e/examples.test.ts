import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump, load, loadAll } from 'js-yaml';
import { expect, test } from 'vitest';
import { find, type Manifest, render } from '../../lab/kubernetes/helm.ts';
import { ROOT, TOOLS } from '../../lab/process/checkout.ts';

const EXAMPLES = join(ROOT, 'deploy/examples');
const read = (name: string) => readFileSync(join(EXAMPLES, name), 'utf8');

test.each(['prometheus', 'central-prometheus', 'thanos', 'mimir'])(
  'promtool finds nothing wrong with %s.yaml',
  (name) => {
    const config = load(read(`${name}.yaml`)) as {
      readonly global: { readonly external_labels: object };
    };
    expect(config.global.external_labels).toHaveProperty('cluster');
    const check = ['check', 'config', '--syntax-only', join(EXAMPLES, `${name}.yaml`)];
    execFileSync(join(TOOLS, 'promtool'), check, { stdio: 'pipe' });
  },
);

test('the values of the Flux example are the chart’s', async () => {
  const release = find(loadAll(read('flux-helmrelease.yaml')) as Manifest[], 'HelmRelease');
  const directory = mkdtempSync(join(tmpdir(), 'vigia-example-'));
  try {
    const path = join(directory, 'values.yaml');
    writeFileSync(path, dump(release['spec'].values));
    const objects = await render(`--values=${path}`);
    expect(find(objects, 'PodMonitor').metadata.labels).toMatchObject({ release: 'prometheus' });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('the plain manifests contain the pods for which the kustomization sets an image', () => {
  const [daemonSet] = (
    loadAll(readFileSync(join(ROOT, 'deploy/manifests/vigia.yaml'), 'utf8')) as Manifest[]
  ).filter(({ kind }) => kind === 'DaemonSet');
  const { images } = load(
    readFileSync(join(ROOT, 'deploy/manifests/kustomization.yaml'), 'utf8'),
  ) as Kustomization;
  const { initContainers, containers } = daemonSet?.['spec'].template.spec ?? {};
  for (const { image } of [...initContainers, ...containers])
    expect(image).toBe(`${images[0]?.name}:${images[0]?.newTag}`);
});

interface Kustomization {
  readonly images: readonly { readonly name: string; readonly newTag: string }[];
}
