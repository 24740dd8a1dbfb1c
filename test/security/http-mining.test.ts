import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInside, until } from '../../lab/process/process.ts';
import { type Daemon, runVigia, startDaemon } from '../../lab/scene/daemon.ts';
import { openScene, type Scene, socketOf } from '../../lab/scene/scene.ts';
import type { Finding } from '../../src/core/mining/verdict/finding.ts';

const MINER = ['/bin/true', '-o', 'stratum+tcp://pool.example:3333', '--donate-level', '1'];
const OF_MINING = /vigia_pod_mining|miner|stratum|looks like mining/;

let scene: Scene;
let daemon: Daemon;
let cgroup: string;

async function mine(): Promise<void> {
  for (let i = 0; i < 3; i++) await runInside(cgroup, MINER);
}

beforeAll(async () => {
  scene = await openScene();
  daemon = await startDaemon(scene.options, ['--mining-metrics=off', '--mining-scores=1,5']);
  cgroup = scene.makeCgroup('hidden');
  await mine();
});

afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

describe('with --mining-metrics=off, evidence of mining', () => {
  test('is in findings and in the log', async () => {
    const socket = `--socket=${socketOf(scene.options)}`;
    const [finding] = await until('a finding', async () => {
      const { stdout } = await runVigia(['findings', socket, '-o', 'json']);
      const found = JSON.parse(stdout) as Finding[];
      return found.length > 0 ? found : undefined;
    });
    expect(finding).toMatchObject({ pod: 'hidden', score: expect.any(Number) });
    expect(finding?.score).toBeGreaterThan(0);
    await until('the log to tell of it', () =>
      daemon.log().some(({ level, msg }) => level === 'warn' && msg.includes('hidden')),
    );
  });

  test('is neither in the metrics nor on the page, for any client', async () => {
    const formats = [{}, { accept: 'application/openmetrics-text' }];
    for (const headers of formats) {
      const text = await daemon.get('/metrics', headers);
      expect(text).toContain('pod="hidden"');
      expect(text).not.toMatch(OF_MINING);
    }
    const page = await daemon.get('/');
    expect(page).toContain('<td>hidden</td>');
    expect(page).not.toMatch(OF_MINING);
    for (const path of ['/healthz?verbose', '/readyz?verbose'])
      expect(await daemon.get(path)).not.toMatch(/hidden|mining/);
  });
});

test('without it, the metrics contain the score, and the page shows the pod', async () => {
  await daemon.end();
  daemon = await startDaemon(scene.options, ['--mining-scores=1,5']);
  await mine();
  await until('the score', async () =>
    (await daemon.samples()).select('vigia_pod_mining_score', { pod: 'hidden' }).at(0),
  );
  expect(await daemon.get('/')).toContain('Pods that appear to mine');
});
