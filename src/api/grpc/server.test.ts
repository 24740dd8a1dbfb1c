import { stat } from 'node:fs/promises';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { flow, flowSnapshot } from './flows.fixture.ts';
import { Served } from './served.fixture.ts';

let served: Served;

beforeEach(async () => {
  served = await Served.start();
});

afterEach(async () => {
  await served[Symbol.asyncDispose]();
});

test('the newest snapshot is listed, in full', async () => {
  expect(await served.list()).toStrictEqual(flowSnapshot);
  served.snapshot = () => ({ ...flowSnapshot, flows: [] });
  expect(await served.list()).toMatchObject({ nodeName: 'n1', flows: [] });
});

test('only selected connections are listed', async () => {
  const { flows } = await served.list({ namespace: 'shop', pod: 'web', peer: '10.0.0.0/8' });
  expect(flows).toStrictEqual([flowSnapshot.flows[0]]);
});

test('an invalid peer is rejected with the valid formats', async () => {
  await expect(served.list({ peer: 'no where' })).rejects.toMatchObject({
    name: 'CallError',
    failure: 'invalid',
    message: expect.stringMatching(/^peer: got "no where", want an address/),
  });
});

test('a call before the first snapshot fails, and the next one may succeed', async () => {
  served.snapshot = () => undefined;
  await expect(served.list()).rejects.toMatchObject({
    failure: 'failed',
    message: 'no snapshot yet; retry in a few seconds',
    cause: { code: status.UNAVAILABLE },
  });
  served.snapshot = () => flowSnapshot;
  expect((await served.list()).flows).toHaveLength(4);
});

test('a failed request is logged, and the client gets no details', async () => {
  served.snapshot = () => {
    throw new Error('out of numbers');
  };
  await expect(served.list()).rejects.toMatchObject({
    failure: 'failed',
    message: 'request failed; see the log of the daemon',
  });
  expect(served.errors).toMatchObject([{ message: 'out of numbers' }]);
});

test('a full table of the longest names is listed', async () => {
  const name = 'n'.repeat(253);
  const many = Array.from({ length: 65_536 }, (_, i) =>
    flow({ pod: `${name}${i}`, namespace: name.slice(0, 63), container: name.slice(0, 63) }),
  );
  served.snapshot = () => ({ ...flowSnapshot, flows: many });
  const { flows } = await served.list();
  expect(flows).toHaveLength(many.length);
  expect(flows.at(-1)).toStrictEqual(many.at(-1));
}, 20_000);

test('only the owner can connect to the socket', async () => {
  expect((await stat(served.path)).mode & 0o777).toBe(0o600);
});

test('a second server on the socket fails, and the first continues', async () => {
  await expect(served.listen()).rejects.toThrow('another process listens there');
  expect((await served.list()).nodeName).toBe('n1');
});
