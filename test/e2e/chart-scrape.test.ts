import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { find, render } from '../../lab/kubernetes/helm.ts';
import { freePort } from '../../lab/network/free-port.ts';
import { runInside, until } from '../../lab/process/process.ts';
import { startDaemon } from '../../lab/scene/daemon.ts';
import { openScene } from '../../lab/scene/scene.ts';

/** The test that "helm test" runs, with a local agent. */
async function scrapeTest(port: number): Promise<{ stdout: string; stderr: string }> {
  const objects = (await render()).filter(({ metadata }) => metadata.annotations?.['helm.sh/hook']);
  const { command, args } = find(objects, 'Pod')['spec'].containers[0];
  const [[script, name, url], flags] = [args, command.slice(1)];
  expect([name, url]).toEqual(['vigia.vigia', '9770']);
  return await promisify(execFile)(process.execPath, [...flags, script, '127.0.0.1', `${port}`]);
}

test('the chart’s own test passes with a running agent and fails without one', async () => {
  await using scene = await openScene();
  await runInside(scene.makeCgroup('app'), ['true']);
  await using daemon = await startDaemon(scene.options);
  await until('the pod to be shown', async () =>
    /^vigia_pod_info\{/m.test(await daemon.get('/metrics')),
  );
  const { stdout } = await scrapeTest(Number(new URL(daemon.url).port));
  expect(stdout).toMatch(/^http:\/\/127.0.0.1:\d+\/metrics: \d{2,} series\n$/);
  await expect(scrapeTest(await freePort())).rejects.toThrow('ECONNREFUSED');
});
