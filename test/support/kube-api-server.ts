import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOOLS } from './checkout.ts';
import { endWithTests } from './children.ts';
import { freePort } from './free-port.ts';
import { until } from './process.ts';

const KUBE = join(TOOLS, 'kube');
/** On a machine that is busy with other things. */
const START_MS = 120_000;

export interface ApiAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what it is depends on what was asked for
  readonly json: any;
}

/** etcd and a Kubernetes API server on loopback, without a controller. */
export interface KubeApiServer extends AsyncDisposable {
  readonly port: number;
  /** Of certificates and keys; others may read it. */
  readonly directory: string;
  /** Asks as who may do everything; throws what is refused. */
  readonly ask: (method: string, path: string, body?: object) => Promise<ApiAnswer['json']>;
  readonly kill: () => Promise<void>;
  /** Starts the API server anew, on the same port. */
  readonly restart: () => Promise<void>;
  /** Writes a kubeconfig and returns its path. */
  readonly kubeconfig: (token: string, port?: number) => string;
}

export const SERVICE_NETWORK = '10.96.0.0/24';

export async function startKubeApiServer(): Promise<KubeApiServer> {
  await using stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'vigia-kube-'));
  stack.defer(() => rmSync(directory, { recursive: true }));
  execFileSync('chmod', ['0755', directory]);
  const admin = writeKeys(directory);
  const port = await freePort();
  let server: ChildProcess;
  const start = async () => {
    server = spawnKube(directory, 'kube-apiserver', apiServerFlags(directory, port));
    await until('the API server', () => isReady(server, directory, ask), START_MS);
  };
  const ask = (method: string, path: string, body?: object) =>
    send({ directory, port, token: admin }, { method, path, ...(body && { body }) });
  const etcd = spawnKube(directory, 'etcd', etcdFlags(directory));
  stack.defer(() => end(etcd));
  // The API server does not end once etcd has gone.
  stack.defer(() => end(server));
  await start();
  const all = stack.move();
  return {
    port,
    directory,
    ask: async (method, path, body) => {
      const { status, json } = await ask(method, path, body);
      if (status >= 300) throw new Error(`${method} ${path}: ${status} ${json.message}`);
      return json;
    },
    kill: () => end(server),
    restart: start,
    kubeconfig: (token, through = port) => writeKubeconfig(directory, token, through),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function spawnKube(directory: string, part: string, flags: readonly string[]): ChildProcess {
  const log = openSync(join(directory, `${part}.log`), 'a');
  return endWithTests(spawn(KUBE, [part, ...flags], { stdio: ['ignore', log, log] }));
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function isReady(
  child: ChildProcess,
  directory: string,
  ask: (method: string, path: string) => Promise<ApiAnswer>,
): Promise<boolean> {
  if (child.exitCode !== null)
    throw new Error(readFileSync(join(directory, 'kube-apiserver.log'), 'utf8').slice(-2000));
  // Its own post-start hooks make the roles and the namespace that objects are put into.
  return await Promise.all([ask('GET', '/readyz'), ask('GET', '/api/v1/namespaces/default')]).then(
    (answers) => answers.every(({ status }) => status === 200),
    () => false,
  );
}

/** Where it would be found by others, which there are none of. */
const NOWHERE = 'http://127.0.0.1:0';

function etcdFlags(directory: string): string[] {
  return [
    `--data-dir=${directory}/etcd`,
    '--unsafe-no-fsync',
    '--log-level=warn',
    `--listen-client-urls=unix://${directory}/client.sock`,
    `--advertise-client-urls=${NOWHERE}`,
    `--listen-peer-urls=${NOWHERE}`,
    `--initial-advertise-peer-urls=${NOWHERE}`,
    `--initial-cluster=default=${NOWHERE}`,
  ];
}

function apiServerFlags(directory: string, port: number): string[] {
  return [
    `--etcd-servers=unix://${directory}/client.sock`,
    '--bind-address=127.0.0.1',
    '--advertise-address=192.0.2.10',
    `--secure-port=${port}`,
    `--service-cluster-ip-range=${SERVICE_NETWORK}`,
    '--authorization-mode=RBAC',
    '--disable-admission-plugins=ServiceAccount',
    `--token-auth-file=${directory}/tokens.csv`,
    `--tls-cert-file=${directory}/ca.crt`,
    `--tls-private-key-file=${directory}/server.key`,
    `--cert-dir=${directory}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${directory}/accounts.pub`,
    `--service-account-signing-key-file=${directory}/accounts.key`,
  ];
}

/** A certificate of its own authority, keys for tokens, and the token of who may do everything. */
function writeKeys(directory: string): string {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const files = ['-keyout', `${directory}/server.key`, '-out', `${directory}/ca.crt`];
  const whose = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...files, ...whose], { stdio: 'pipe' });
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const token = randomBytes(16).toString('hex');
  writeFileSync(join(directory, 'accounts.key'), privateKey);
  writeFileSync(join(directory, 'accounts.pub'), publicKey);
  writeFileSync(join(directory, 'tokens.csv'), `${token},admin,admin,system:masters\n`);
  return token;
}

function writeKubeconfig(directory: string, token: string, port: number): string {
  const path = join(directory, `kubeconfig-${randomBytes(4).toString('hex')}`);
  const server = `https://127.0.0.1:${port}`;
  const config = {
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority': 'ca.crt' } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

function send(
  { directory, port, token }: { directory: string; port: number; token: string },
  { method, path, body }: { method: string; path: string; body?: object },
): Promise<ApiAnswer> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const text = body ? JSON.stringify(body) : '';
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': type,
    // Node adds none for DELETE.
    'content-length': Buffer.byteLength(text),
  };
  const ca = readFileSync(join(directory, 'ca.crt'));
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, ca }, (response) => {
      let answer = '';
      response.setEncoding('utf8').on('data', (piece: string) => (answer += piece));
      response.on('end', () => {
        const json = answer.startsWith('{') ? JSON.parse(answer) : answer;
        resolve({ status: response.statusCode ?? 0, json });
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}
