import { createServer, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { ListenError, listenOn } from './listen.ts';

const servers: Server[] = [];

function server(): Server {
  const made = createServer((_request, response) => response.end('here'));
  servers.push(made);
  return made;
}

afterEach(() => {
  for (const each of servers.splice(0)) each.close();
});

test('a port in use is an error with the flag to change and a command to find its owner', async () => {
  const port = Number(new URL(await listenOn(server(), { host: '127.0.0.1', port: 0 })).port);
  const second = listenOn(server(), { host: '127.0.0.1', port });
  await expect(second).rejects.toThrow(ListenError);
  await expect(second).rejects.toThrow(
    `cannot listen on 127.0.0.1:${port}: the port is in use; choose another address with --listen ` +
      `(VIGIA_LISTEN), or find the process that uses it: ss -ltnp 'sport = :${port}'`,
  );
});

test('an address of another host is an error', async () => {
  await expect(listenOn(server(), { host: '192.0.2.1', port: 0 })).rejects.toThrow(
    'cannot listen on 192.0.2.1:0: this host has no such address',
  );
});

test('without a host the server listens on every address, and the URL has localhost', async () => {
  const url = await listenOn(server(), { port: 0 });
  expect(url).toMatch(/^http:\/\/localhost:\d+$/);
  const answer = await fetch(`http://127.0.0.1:${new URL(url).port}/`);
  expect(await answer.text()).toBe('here');
});
