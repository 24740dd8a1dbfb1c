import { Client, credentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { evidence, finding } from '../../core/mining/findings.fixture.ts';
import { findingSnapshot } from './finding-snapshot.fixture.ts';
import { Served } from './served.fixture.ts';
import { vigiaService } from './service.ts';
import type { FindingSnapshot } from './view.ts';

let served: Served;
let stop: AbortController;

beforeEach(async () => {
  served = await Served.start();
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await served[Symbol.asyncDispose]();
});

const watch = (request = {}) => served.watchFindings(request, stop.signal);

async function nextOf(snapshots: AsyncGenerator<FindingSnapshot>): Promise<FindingSnapshot> {
  const { value } = await snapshots.next();
  return value;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

test('the selected findings of the newest snapshot are listed', async () => {
  expect(await served.listFindings()).toStrictEqual(findingSnapshot);
  const { findings } = await served.listFindings({ minScore: 80 });
  expect(findings).toStrictEqual(findingSnapshot.findings.slice(0, 1));
});

test('an invalid score is rejected, for a list and for a watch', async () => {
  const refusal = { failure: 'invalid', message: 'min-score: got 200, want a score from 0 to 100' };
  await expect(served.listFindings({ minScore: 200 })).rejects.toMatchObject(refusal);
  await expect(nextOf(watch({ minScore: 200 }))).rejects.toMatchObject(refusal);
  expect(served.watchers.size).toBe(0);
});

test('a watching client gets the findings at once, and after each change', async () => {
  const snapshots = watch({ namespace: 'shop' });
  expect(await nextOf(snapshots)).toMatchObject({ findings: [{ pod: 'web-0', score: 100 }] });
  served.tick();
  served.tick({ findings: [finding({ namespace: 'other' }), finding()] });
  served.tick({ findings: [finding({ score: 95 })] });
  expect(await nextOf(snapshots)).toMatchObject({ findings: [{ score: 95 }] });
  served.tick({ findings: [] });
  expect(await nextOf(snapshots)).toMatchObject({ findings: [] });
});

test('a client that watches before the first snapshot gets it', async () => {
  served.findings = () => undefined;
  const first = nextOf(watch());
  await until(() => served.watchers.size === 1);
  served.tick();
  expect(await first).toMatchObject({ nodeName: 'n1', findings: findingSnapshot.findings });
});

test('a client that stops watching is dropped, by a signal or by its loop', async () => {
  for await (const _ of watch()) break;
  await until(() => served.watchers.size === 0);
  const snapshots = watch();
  await nextOf(snapshots);
  const next = nextOf(snapshots);
  stop.abort();
  await expect(next).rejects.toBe(stop.signal.reason);
  await until(() => served.watchers.size === 0);
});

test('a stopping daemon ends watching calls at once, with the reason', async () => {
  const snapshots = watch();
  await nextOf(snapshots);
  const next = nextOf(snapshots);
  const rejected = expect(next).rejects.toMatchObject({ name: 'CallError' });
  const beganMs = performance.now();
  await served.stop();
  expect(performance.now() - beganMs).toBeLessThan(400);
  await rejected;
});

test('a failed request is logged, and ends the watching call', async () => {
  const snapshots = watch();
  await nextOf(snapshots);
  const next = nextOf(snapshots);
  const failing = () => {
    throw new Error('out of numbers');
  };
  served.findings = failing;
  for (const onSnapshot of [...served.watchers]) onSnapshot();
  await expect(next).rejects.toMatchObject({
    failure: 'failed',
    message: 'request failed; see the log of the daemon',
  });
  expect(served.errors).toMatchObject([{ message: 'out of numbers' }]);
  expect(served.watchers.size).toBe(0);
});

test('for a client that does not read, at most one response waits, followed by the newest', async () => {
  const TICKS = 300;
  const client = new Client(`unix://${served.path}`, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = vigiaService.watchFindings;
  const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {});
  call.on('error', () => {});
  call.pause();
  await until(() => served.watchers.size === 1);
  // Half a megabyte each, more than the windows and buffers of a connection.
  const detail = 'x'.repeat(512 * 1024);
  for (let score = 0; score < TICKS; score++) {
    served.tick({
      findings: [finding({ score: score % 100, evidence: [evidence({ detail, count: score })] })],
    });
    await new Promise((resolve) => setImmediate(resolve));
  }
  const counts: number[] = [];
  const newest = new Promise<void>((resolve) => {
    call.on('data', ({ findings }: FindingSnapshot) => {
      counts.push(findings[0]?.evidence[0]?.count ?? -1);
      if (counts.at(-1) === TICKS - 1) resolve();
    });
  });
  call.resume();
  await newest;
  call.cancel();
  client.close();
  expect(counts.length).toBeLessThan(TICKS / 4);
});
