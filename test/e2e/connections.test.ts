import { existsSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Peer } from '../../lab/network/peer.ts';
import { until } from '../../lab/process/process.ts';
import { type Daemon, runVigia, startDaemon } from '../../lab/scene/daemon.ts';
import { openScene, socketOf } from '../../lab/scene/scene.ts';
import { connection, openStage, type Stage, stream } from '../../lab/scene/stage.ts';
import type { Flow } from '../../src/core/flow/flow.ts';

let stage: Stage;
let daemon: Daemon;
let west: Peer;
let east: Peer;

beforeAll(async () => {
  stage = await openStage();
  [west, east] = [stage.peer('west'), stage.peer('east')];
  daemon = await startDaemon(stage.scene.options);
});

afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

const podOf = ({ cgroup }: Peer) => cgroup.split('/').at(-1) ?? '';

function connections(words: readonly string[], uid = 0) {
  const socket = `--socket=${socketOf(stage.scene.options)}`;
  return runVigia(['connections', socket, ...words], { uid, gid: uid });
}

async function flows(...words: readonly string[]): Promise<Flow[]> {
  return JSON.parse((await connections(['-o', 'json', ...words])).stdout) as Flow[];
}

test('both ends of a connection are listed by pod and by peer, and name each other', async () => {
  const address = stage.network.east.addresses[4];
  const { client, server } = await connection(west, east, address);
  await stream(client, server, 123_456);
  const [out] = await until('the next tick', async () => {
    const found = await flows('--peer', address);
    return found[0]?.sent.bytes === 123_456 ? found : undefined;
  });
  expect(out).toMatchObject({
    pod: podOf(west),
    direction: 'outbound',
    openNow: 1,
    peer: { namespace: out?.namespace, pod: podOf(east), container: '' },
  });
  const [into] = await flows('--pod', podOf(east));
  expect(into).toMatchObject({
    direction: 'inbound',
    peerAddress: stage.network.west.addresses[4],
    port: out?.port,
    peer: { pod: podOf(west) },
    localAddress: address,
    received: { bytes: 123_456 },
  });
  const { code, stdout, stderr } = await connections(['--pod', podOf(west)]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^NAMESPACE +POD +CONTAINER +DIR +PROTO +PEER +PORT/);
  expect(stdout).toContain(`/${podOf(east)} `);
});

test('a user other than root and the daemon’s user is refused, with a remedy', async () => {
  const { code, stderr } = await connections([], 65_533);
  expect(code).toBe(1);
  expect(stderr).toContain('sudo');
});

test('a killed daemon’s socket is replaced by the next daemon, and removed by an unload', async () => {
  await using scene = await openScene();
  const socket = socketOf(scene.options);
  await using killed = await startDaemon(scene.options);
  expect(statSync(socket).mode & 0o777).toBe(0o600);
  await killed.end('SIGKILL');
  expect(existsSync(socket)).toBe(true);
  await using next = await startDaemon(scene.options);
  const listed = await runVigia(['connections', `--socket=${socket}`]);
  expect(listed).toMatchObject({ code: 0, stdout: '', stderr: 'No connections.\n' });
  await next.end('SIGKILL');
  const flags = [`--socket=${socket}`, `--bpffs=${scene.options.bpffs}`];
  expect((await runVigia(['unload', ...flags])).code).toBe(0);
  expect(existsSync(socket)).toBe(false);
});

test('without a daemon, the error names the socket', async () => {
  const { code, stderr } = await runVigia(['connections', '--socket=/run/nobody-is-here.sock']);
  expect(code).toBe(1);
  expect(stderr).toContain('/run/nobody-is-here.sock');
});
