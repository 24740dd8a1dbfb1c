import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../network/free-port.ts';
import { TOOLS } from '../process/checkout.ts';
import { endWithTests } from '../process/children.ts';
import { endNow, inNetwork, until } from '../process/process.ts';

const KUBE = join(TOOLS, 'kube');
/** Long enough for a busy machine. */
const START_MS = 120_000;

export interface ApiAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what it is depends on what was asked for
  readonly json: any;
}

/** The location and the users of an API server. */
export interface ApiServerPlace {
  /** A network namespace; by default the host's. */
  readonly netns?: string;
  /** Its address; by default loopback. */
  readonly address?: string;
  /** Further addresses in its certificate. */
  readonly alsoKnownAs?: readonly string[];
  /** Users besides the admin, with their groups. Each gets a token. */
  readonly users?: Readonly<Record<string, readonly string[]>>;
  /** Flags for controllers and nodes, or for running without them. */
  readonly flags?: readonly string[];
}

/** etcd and a Kubernetes API server, by default on loopback and without controllers. */
export interface KubeApiServer extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** Contains certificates and keys, readable by others. */
  readonly directory: string;
  /** Sends a request as admin. Throws if it is refused. */
  readonly request: (method: string, path: string, body?: object) => Promise<ApiAnswer['json']>;
  readonly kill: () => Promise<void>;
  /** Restarts the API server on the same port. */
  readonly restart: () => Promise<void>;
  /** Tokens of the admin and of each user. */
  readonly tokens: ReadonlyMap<string, string>;
  /** Writes a kubeconfig and returns its path. */
  readonly kubeconfig: (token: string, port?: number) => string;
}

const LOOPBACK = '127.0.0.1';
const ADMIN = 'admin';

export const SERVICE_NETWORK = '10.96.0.0/24';

const ALONE = [
  '--authorization-mode=RBAC',
  '--disable-admission-plugins=ServiceAccount',
  '--advertise-address=192.0.2.10',
];

export async function startKubeApiServer(place: ApiServerPlace = {}): Promise<KubeApiServer> {
  await using stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'vigia-kube-'));
  stack.defer(() => rmSync(directory, { recursive: true }));
  execFileSync('chmod', ['0755', directory]);
  const { netns, address = LOOPBACK, alsoKnownAs = [], users = {}, flags = ALONE } = place;
  writeKeys(directory, [...new Set([LOOPBACK, address, ...alsoKnownAs])]);
  const tokens = writeTokens(directory, { ...users, [ADMIN]: ['system:masters'] });
  const token = tokens.get(ADMIN) ?? '';
  const port = await freePort();
  let server: ChildProcess;
  const start = async () => {
    const all = [...apiServerFlags(directory, address, port), ...flags];
    server = spawnKube(directory, 'kube-apiserver', all, netns);
    await until('the API server', () => isReady(server, directory, adminRequest), START_MS);
  };
  const adminRequest = (method: string, path: string, body?: object) =>
    send({ directory, address, port, token }, { method, path, ...(body && { body }) });
  const etcd = spawnKube(directory, 'etcd', etcdFlags(directory), netns);
  stack.defer(() => endNow(etcd));
  // The API server does not stop after etcd has stopped.
  stack.defer(() => endNow(server));
  await start();
  const all = stack.move();
  return {
    address,
    port,
    directory,
    request: async (method, path, body) => {
      const { status, json } = await adminRequest(method, path, body);
      if (status >= 300) throw new Error(`${method} ${path}: ${status} ${json.message}`);
      return json;
    },
    kill: () => endNow(server),
    restart: start,
    tokens,
    kubeconfig: (whose, through = port) => {
      const path = join(directory, `kubeconfig-${randomBytes(4).toString('hex')}`);
      writeFileSync(path, kubeconfigFor(`https://${address}:${through}`, whose));
      return path;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Starts a Kubernetes component, with its log in the directory. */
export function spawnKube(
  directory: string,
  part: string,
  flags: readonly string[],
  netns?: string,
): ChildProcess {
  const log = openSync(join(directory, `${part}.log`), 'a');
  const command = inNetwork(netns, KUBE, [part, ...flags]);
  return endWithTests(spawn(...command, { stdio: ['ignore', log, log] }));
}

/** A kubeconfig for the same directory as `ca.crt`. */
export function kubeconfigFor(server: string, token: string): string {
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority': 'ca.crt' } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

async function isReady(
  child: ChildProcess,
  directory: string,
  adminRequest: (method: string, path: string) => Promise<ApiAnswer>,
): Promise<boolean> {
  if (child.exitCode !== null)
    throw new Error(readFileSync(join(directory, 'kube-apiserver.log'), 'utf8').slice(-2000));
  // The API server's post-start hooks create the roles and the namespace that objects need.
  return await Promise.all([
    adminRequest('GET', '/readyz'),
    adminRequest('GET', '/api/v1/namespaces/default'),
  ]).then(
    (answers) => answers.every(({ status }) => status === 200),
    () => false,
  );
}

/** An address for other API servers. There are none. */
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

function apiServerFlags(directory: string, address: string, port: number): string[] {
  return [
    `--etcd-servers=unix://${directory}/client.sock`,
    `--bind-address=${address === LOOPBACK ? LOOPBACK : '0.0.0.0'}`,
    `--secure-port=${port}`,
    `--service-cluster-ip-range=${SERVICE_NETWORK}`,
    `--token-auth-file=${directory}/tokens.csv`,
    `--tls-cert-file=${directory}/ca.crt`,
    `--tls-private-key-file=${directory}/server.key`,
    `--cert-dir=${directory}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${directory}/accounts.pub`,
    `--service-account-signing-key-file=${directory}/accounts.key`,
  ];
}

/** A self-signed certificate, and keys for tokens. */
function writeKeys(directory: string, addresses: readonly string[]): void {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const files = ['-keyout', `${directory}/server.key`, '-out', `${directory}/ca.crt`];
  const names = addresses.map((address) => `IP:${address}`).join(',');
  const whose = ['-subj', '/CN=test', '-addext', `subjectAltName=${names}`, '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...files, ...whose], { stdio: 'pipe' });
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  writeFileSync(join(directory, 'accounts.key'), privateKey);
  writeFileSync(join(directory, 'accounts.pub'), publicKey);
}

/** A token for each user. */
function writeTokens(
  directory: string,
  users: Readonly<Record<string, readonly string[]>>,
): ReadonlyMap<string, string> {
  const tokens = new Map(Object.keys(users).map((user) => [user, randomBytes(16).toString('hex')]));
  const lines = Object.entries(users).map(
    ([user, groups]) => `${tokens.get(user)},${user},${user},"${groups.join(',')}"\n`,
  );
  writeFileSync(join(directory, 'tokens.csv'), lines.join(''));
  return tokens;
}

interface Client {
  readonly directory: string;
  readonly address: string;
  readonly port: number;
  readonly token: string;
}

function send(
  { directory, address, port, token }: Client,
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
    const sent = request({ host: address, port, path, method, headers, ca }, (response) => {
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
