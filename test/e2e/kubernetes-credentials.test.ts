import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KubeApiServer, startKubeApiServer } from '../../lab/kubernetes/kube-api-server.ts';
import {
  CLUSTER_READER,
  cgroupOf,
  makeAccount,
  makeNode,
  makePod,
  POD_READER,
} from '../../lab/kubernetes/kube-objects.ts';
import { openRelay } from '../../lab/network/relay.ts';
import { runInside, until } from '../../lab/process/process.ts';
import { type Daemon, flagsFor, runVigia, startDaemon, VIGIA } from '../../lab/scene/daemon.ts';
import { openScene, type Scene } from '../../lab/scene/scene.ts';

const NODE = 'node-a';

let api: KubeApiServer;
let scene: Scene;

beforeAll(async () => {
  api = await startKubeApiServer();
  scene = await openScene();
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
});

const flagsWith = (kubeconfig: string) => [`--kubeconfig=${kubeconfig}`, `--node-name=${NODE}`];

async function isUp(daemon: Daemon): Promise<boolean> {
  return (await daemon.samples()).one('vigia_kubernetes_watch_up') === 1;
}

test('in a pod it uses its service account, and continues with the next token', async () => {
  const account = await makeAccount(api, POD_READER);
  await using relay = await openRelay(api.port);
  const { program, setToken } = podLike(await account.token());
  await using daemon = await startDaemon(scene.options, [`--node-name=${NODE}`], {
    program,
    env: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(relay.port) },
  });
  expect(await isUp(daemon)).toBe(true);
  // A token of a deleted account is refused like an expired one, but not at once.
  await account.replace();
  const refused = async () => {
    if (await isUp(daemon)) relay.cut();
    relay.mend();
    return (await daemon.get('/readyz?verbose')).includes('Unauthorized');
  };
  await until('the old token to be refused', refused, 60_000);
  setToken(await account.token());
  await until('the new one to be read', () => isUp(daemon), 60_000);
  const pod = await makePod(api, { name: 'after', node: NODE });
  await runInside(scene.makeCgroup(cgroupOf(pod)), ['true']);
  await until('its name', async () => {
    return (await daemon.samples()).select('vigia_pod_info', { pod: 'after' }).length > 0;
  });
});

/** The launcher with a service account's files at a kubelet's path, in its own mount namespace. */
function podLike(token: string) {
  const directory = join(api.directory, 'var');
  const secrets = join(directory, 'run/secrets/kubernetes.io/serviceaccount');
  mkdirSync(secrets, { recursive: true });
  const write = (name: string, text: string) => writeFileSync(join(secrets, name), text);
  write('token', token);
  const program = join(api.directory, 'in-pod');
  const mount = `mount --bind '${directory}' /var && exec '${VIGIA}' "$@"`;
  writeFileSync(
    program,
    `#!/bin/sh\ncp '${api.directory}/ca.crt' '${secrets}'\nexec unshare -m sh -c '${mount.replaceAll("'", "'\\''")}' sh "$@"\n`,
  );
  chmodSync(program, 0o755);
  return { program, setToken: (next: string) => write('token', next) };
}

test('without permission to read pods it still counts, and reports the missing permission', async () => {
  const { token } = await makeAccount(api, []);
  await using daemon = await startDaemon(scene.options, flagsWith(api.kubeconfig(await token())));
  expect(await isUp(daemon)).toBe(false);
  expect(await daemon.get('/readyz?verbose')).toContain('cannot list resource');
  const warnings = daemon.log().filter(({ level }) => level === 'warn');
  expect(warnings).toHaveLength(1);
  expect(warnings[0]?.msg).toContain('cannot watch the Kubernetes API');
});

test('an unreachable API does not stop it from starting', async () => {
  await using relay = await openRelay(api.port);
  relay.cut();
  const { token } = await makeAccount(api, POD_READER);
  const flags = flagsWith(api.kubeconfig(await token(), relay.port));
  await using daemon = await startDaemon(scene.options, flags);
  expect(await isUp(daemon)).toBe(false);
  relay.mend();
  await until('the API to be heard', () => isUp(daemon), 60_000);
  expect((await daemon.end()).code).toBe(0);
});

test.each([
  ['/nowhere/kubeconfig', 'cannot read /nowhere/kubeconfig'],
  ['/etc/passwd', '/etc/passwd: no current-context'],
])('%s is refused at the start', async (path, why) => {
  const flags = [...flagsFor(scene.options), '--listen=127.0.0.1:0', `--kubeconfig=${path}`];
  const { code, stderr } = await runVigia(['run', ...flags]);
  expect(code).toBe(1);
  expect(stderr).toContain(why);
});

test('a kubeconfig that only root can read is refused, because the daemon is another user', async () => {
  const path = api.kubeconfig('secret');
  chmodSync(path, 0o600);
  const flags = [...flagsFor(scene.options), '--listen=127.0.0.1:0', `--kubeconfig=${path}`];
  const { code, stderr } = await runVigia(['run', ...flags]);
  expect(code).toBe(1);
  expect(stderr).toContain(
    `user ${scene.options.uid}, which calls the API, must be able to read it`,
  );
});

test('a plain host does not load the client', () => {
  const bundle = (name: string) =>
    readFileSync(join(import.meta.dirname, '../../dist', name), 'utf8');
  expect(bundle('kubernetes.mjs')).toContain('class KubeConfig');
  expect(bundle('vigia.mjs')).not.toContain('KubeConfig');
});

describe('a node name that the API does not know', () => {
  const SPELLED = 'Worker-Node-01';

  test.each([
    ['who may read nodes', CLUSTER_READER],
    ['who may read pods alone', POD_READER],
  ])('is a failed check with existing names, for one %s', async (_, rights) => {
    await using server = await startKubeApiServer();
    const { token } = await makeAccount(server, rights);
    const kubeconfig = `--kubeconfig=${server.kubeconfig(await token())}`;
    const doctor = (name: string) =>
      runVigia(['doctor', ...docFlags(scene.options), kubeconfig, `--node-name=${name}`]);
    // Before there is any node, none can be wrong.
    expect((await doctor('nowhere')).stdout).toMatch(
      /^warn {2}kubernetes +the Kubernetes API knows no nodes → wait/m,
    );
    await makeNode(server, 'worker-node-01', { address: '192.0.2.1', zone: 'a', region: 'r' });
    await makePod(server, { name: 'web', node: 'worker-node-01' });

    expect(await doctor('nowhere')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /^FAIL {2}kubernetes +the Kubernetes API has no node nowhere; it has worker-node-01 → set/m,
      ),
    });
    expect((await doctor(SPELLED)).stdout).toMatch(
      /^ok {4}kubernetes +the Kubernetes API knows the node worker-node-01$/m,
    );

    await using lost = await startDaemon(scene.options, [kubeconfig, '--node-name=nowhere']);
    const failed =
      '[-]kubernetes-node failed: the Kubernetes API has no node nowhere; it has worker-node-01; ';
    await until('the check to fail', async () =>
      (await lost.get('/readyz?verbose')).includes(failed),
    );
    expect((await fetch(`${lost.url}/readyz`)).status).toBe(503);
    const warnings = lost.log().filter(({ level }) => level === 'warn');
    expect(warnings.map(({ msg }) => msg).join()).toContain('pods appear with their uid');
    // It registers, or gets a pod.
    await makePod(server, { name: 'late', node: 'nowhere' });
    await until('it to pass', async () => (await fetch(`${lost.url}/readyz`)).status === 200);
  });

  test('is different from a name in capitals, which the host may have', async () => {
    const { token } = await makeAccount(api, POD_READER);
    const pod = await makePod(api, { name: 'spelled', node: SPELLED.toLowerCase() });
    const flags = [`--kubeconfig=${api.kubeconfig(await token())}`, `--node-name=${SPELLED}`];
    await using daemon = await startDaemon(scene.options, flags);
    await runInside(scene.makeCgroup(cgroupOf(pod)), ['true']);
    await until('its name', async () => {
      const found = (await daemon.samples()).select('vigia_pod_info', { pod: 'spelled' });
      return found[0]?.labels['node'] === SPELLED.toLowerCase();
    });
  });
});

/** Flags for both the daemon and doctor. */
function docFlags(options: Scene['options']): string[] {
  return flagsFor(options).filter((flag) => !/uid|socket/.test(flag));
}
