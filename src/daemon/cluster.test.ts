import { pino } from 'pino';
import { expect, test } from 'vitest';
import { findCluster, findTokenReview } from './cluster.ts';

const config = { kubernetes: 'auto', nodeName: 'n1', peers: 'node', maxPeers: 1000 } as const;
const POD = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };

async function find(...[given, env]: [Parameters<typeof findCluster>[0], Record<string, string>]) {
  const messages: string[] = [];
  const log = pino({}, { write: (line: string) => messages.push(JSON.parse(line).msg) });
  return { cluster: await findCluster(given, log, env), messages };
}

test('a plain host asks no API, and says nothing of it', async () => {
  expect(await find(config, { KUBECONFIG: '/nowhere' })).toEqual({
    cluster: undefined,
    messages: [],
  });
});

test('a pod without a service account is told what it lacks', async () => {
  const { cluster, messages } = await find(config, POD);
  expect(cluster).toBeUndefined();
  expect(messages.join()).toContain('automountServiceAccountToken');
});

test('off is off, whatever there is', async () => {
  const off = { ...config, kubernetes: 'off', kubeconfig: '/nowhere' } as const;
  expect(await find(off, POD)).toEqual({ cluster: undefined, messages: [] });
});

test('a kubeconfig that cannot be read is an error before anything is loaded', async () => {
  await expect(find({ ...config, kubeconfig: '/nowhere/config' }, POD)).rejects.toThrow(
    '--kubeconfig: cannot read /nowhere/config',
  );
});

test('the peers of a cluster cannot be told without its API', async () => {
  await expect(find({ ...config, peers: 'cluster' }, {})).rejects.toThrow('--kubeconfig');
});

test('tokens are asked about where that is wanted, whether names are or not', async () => {
  expect(await findTokenReview({ auth: 'off', kubeconfig: '/nowhere' }, POD)).toBeUndefined();
  const auth = 'kubernetes';
  for (const env of [{}, POD])
    await expect(findTokenReview({ auth }, env)).rejects.toThrow(
      '--auth=kubernetes needs the Kubernetes API',
    );
  await expect(findTokenReview({ auth, kubeconfig: '/nowhere/config' }, {})).rejects.toThrow(
    '--kubeconfig: cannot read /nowhere/config',
  );
});
