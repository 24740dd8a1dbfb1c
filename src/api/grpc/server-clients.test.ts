import { once } from 'node:events';
import { connect } from 'node:net';
import { Client, credentials, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Served } from './served.fixture.ts';
import { vigiaService } from './service.ts';

let served: Served;

beforeEach(async () => {
  served = await Served.start();
});

afterEach(async () => {
  await served[Symbol.asyncDispose]();
});

/** Sends raw bytes, and waits until the server closes the connection. */
async function send(bytes: Uint8Array): Promise<void> {
  const socket = connect(served.path);
  socket.on('error', () => {});
  socket.write(bytes);
  socket.resume();
  await once(socket, 'close');
}

/** Makes a call with a hand-made message. */
function callWith(message: Uint8Array): Promise<number | undefined> {
  const client = new Client(`unix://${served.path}`, credentials.createInsecure());
  const same = (bytes: Uint8Array) => Buffer.from(bytes);
  return new Promise((resolve) => {
    client.makeUnaryRequest(vigiaService.listConnections.path, same, same, message, (err) => {
      client.close();
      resolve(err?.code);
    });
  });
}

describe('a client without gRPC', () => {
  const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

  test.each([
    ['uses HTTP/1.1', Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n')],
    ['says nonsense', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 167 + 13) % 256))],
    ['goes on with nonsense', Buffer.concat([PREFACE, Buffer.alloc(1024, 0xa5)])],
  ])('that %s is disconnected, and other clients are served', async (_what, bytes) => {
    await send(bytes);
    expect((await served.list()).flows).toHaveLength(4);
  });

  test('that sends a malformed message gets an error', async () => {
    expect(await callWith(Buffer.from([0x0a, 0xff, 0xff]))).toBe(status.INTERNAL);
    expect(await callWith(Buffer.alloc(128 * 1024, 0x0a))).toBe(status.RESOURCE_EXHAUSTED);
    expect((await served.list()).flows).toHaveLength(4);
  });

  test('that disconnects at once does no harm', async () => {
    for (let i = 0; i < 10; i++)
      connect(served.path)
        .on('error', () => {})
        .destroy();
    expect((await served.list()).flows).toHaveLength(4);
    expect(served.errors).toEqual([]);
  });
});
