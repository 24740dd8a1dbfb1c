import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeAccount } from '../../lab/kubernetes/kube-objects.ts';
import { until } from '../../lab/process/process.ts';
import { type GuardedDaemon, openGuardedDaemon } from '../../lab/scene/guarded-daemon.ts';

let guarded: GuardedDaemon;

beforeAll(async () => {
  guarded = await openGuardedDaemon();
});

afterAll(() => guarded?.[Symbol.asyncDispose]());

test('a token is refused ten seconds after its account was deleted', async () => {
  const { api, statusOf } = guarded;
  const account = await makeAccount(api, [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }]);
  const token = await account.token();
  expect(await statusOf(token)).toBe(200);
  await account.replace();
  const beganMs = performance.now();
  await until('the token to be refused', async () => (await statusOf(token)) === 401, 30_000);
  expect(performance.now() - beganMs).toBeLessThan(15_000);
});

test('a token is accepted for at most ten seconds without the API', async () => {
  const { relay, scraper, statusOf } = guarded;
  const token = await scraper.token();
  expect(await statusOf(token)).toBe(200);
  relay.cut();
  const beganMs = performance.now();
  await until('the verdict to be forgotten', async () => (await statusOf(token)) === 503, 30_000);
  expect(performance.now() - beganMs).toBeLessThan(15_000);
  relay.mend();
  await until('the API to be asked again', async () => (await statusOf(token)) === 200);
});
