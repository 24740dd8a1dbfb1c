import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  lchown,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectError, listenOnSocket, SocketError } from './socket.ts';

const ELSEWHERE = 'set another path with --socket (VIGIA_SOCKET)';

let directory: string;
let path: string;
const servers: Server[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vigia-socket-'));
  path = join(directory, 'vigia.sock');
});

afterEach(async () => {
  for (const each of servers.splice(0)) each.close();
  await rm(directory, { recursive: true });
});

async function listen(at = path): Promise<void> {
  const server = createServer((socket) => socket.end());
  servers.push(server);
  await listenOnSocket(server, at);
}

/** Leaves the socket of a process that ended without cleaning up. */
function leaveStale(): void {
  const script = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 9))`;
  expect(spawnSync(process.execPath, ['-e', script, path]).signal).toBe('SIGKILL');
}

test('only the owner can connect with any umask, and the umask stays unchanged', async () => {
  const before = process.umask(0);
  try {
    await listen();
    expect(process.umask()).toBe(0);
  } finally {
    process.umask(before);
  }
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a stale socket is replaced', async () => {
  leaveStale();
  expect(await connectError(path)).toBe('ECONNREFUSED');
  await listen();
  expect(await connectError(path)).toBeUndefined();
});

test('a socket in use is an error with a command to find its owner', async () => {
  await listen();
  const second = listen();
  await expect(second).rejects.toThrow(SocketError);
  await expect(second).rejects.toThrow(
    `cannot listen on ${path}: another process listens there; ${ELSEWHERE}, or find the process with: ` +
      `ss -lxp src ${path}`,
  );
  const socket = connect(path);
  await once(socket, 'connect');
  socket.destroy();
});

test('a file that is not a socket is left alone', async () => {
  await writeFile(path, 'precious');
  await expect(listen()).rejects.toThrow(
    `cannot listen on ${path}: the file is not a socket; ${ELSEWHERE}`,
  );
  expect(await readFile(path, 'utf8')).toBe('precious');
  await symlink(path, `${path}.link`);
  await expect(listen(`${path}.link`)).rejects.toThrow('is not a socket');
});

test('a link of root leads server and clients to the socket', async () => {
  const place = join(directory, 'place');
  await mkdir(place);
  await symlink('place/own.sock', path);
  await listen();
  expect((await stat(join(place, 'own.sock'))).isSocket()).toBe(true);
  expect(await connectError(path)).toBeUndefined();
});

test('a link of another user does not', async () => {
  await symlink('elsewhere.sock', path);
  await lchown(path, 4242, 4242);
  await expect(listen()).rejects.toThrow(
    `cannot listen on ${path}: user 4242 owns this symbolic link; remove it, or ${ELSEWHERE}`,
  );
});

test('a missing directory is an error with its path', async () => {
  const nowhere = join(directory, 'nowhere');
  await expect(listen(join(nowhere, 'vigia.sock'))).rejects.toThrow(
    `cannot listen on ${nowhere}/vigia.sock: no directory ${nowhere}; create it, or ${ELSEWHERE}`,
  );
});

test('a directory without permission is an error', async () => {
  await chmod(directory, 0o500);
  const script = `
    import { createServer } from 'node:net';
    import { listenOnSocket } from ${JSON.stringify(join(import.meta.dirname, 'socket.ts'))};
    if (process.getuid() === 0) process.setuid(65534);
    await listenOnSocket(createServer(), process.argv[1]);`;
  const args = ['--input-type=module', '-e', script, path];
  const { stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain(
    `SocketError: cannot listen on ${path}: permission denied; ${ELSEWHERE}, or start as root`,
  );
});
