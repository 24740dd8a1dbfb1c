import { accessSync, constants, readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:http';
// NOTE: its files rather than the package, which has a class for each of a thousand types.
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { ApiAccess } from './api.ts';

/** Who asks the API: a file, or the service account of the pod that we run in. */
export type CredentialSource =
  | { readonly kubeconfig: string }
  | { readonly serviceAccount: ServiceAccount };

/** What a kubelet gives a pod. */
export interface ServiceAccount {
  readonly host: string;
  readonly port: string;
  /** Directory of `token` and `ca.crt`. */
  readonly directory: string;
}

/** The API cannot be asked with what is configured. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}

/** Reads them anew, and checks what can be checked without the API. */
export function readCredentials(source: CredentialSource): ApiAccess {
  const config =
    'kubeconfig' in source ? fromFile(source.kubeconfig) : fromPod(source.serviceAccount);
  const server = config.getCurrentCluster()?.server ?? '';
  return {
    server,
    authorize: async () => {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options as Parameters<typeof config.applyToHTTPSOptions>[0]);
      return options;
    },
  };
}

function fromPod({ host, port, directory }: ServiceAccount): KubeConfig {
  const config = new KubeConfig();
  const address = host.includes(':') ? `[${host}]` : host;
  const files = { caFile: `${directory}/ca.crt`, tokenFile: `${directory}/token` };
  for (const file of Object.values(files)) mustRead('the service account', file);
  config.loadFromClusterAndUser(
    {
      name: 'cluster',
      server: `https://${address}:${port}`,
      caFile: files.caFile,
      skipTLSVerify: false,
    },
    {
      name: 'pod',
      authProvider: { name: 'tokenFile', config: { tokenFile: files.tokenFile } },
    },
  );
  return config;
}

function fromFile(path: string): KubeConfig {
  const config = new KubeConfig();
  mustRead('--kubeconfig', path);
  try {
    config.loadFromFile(path);
  } catch (cause) {
    throw new CredentialsError(`${path} is no kubeconfig: ${reasonOf(cause)}`, { cause });
  }
  checkFile(path, config);
  return config;
}

function checkFile(path: string, config: KubeConfig): void {
  const name = config.getCurrentContext() ?? '';
  const [cluster, user] = [config.getCurrentCluster(), config.getCurrentUser()];
  const fail = (what: string) => new CredentialsError(`${path}: ${what}`);
  if (name === '') throw fail('there is no current-context; kubectl config use-context sets it');
  if (!cluster) throw fail(`the context ${JSON.stringify(name)} has no cluster in this file`);
  if (!URL.canParse(cluster.server) || !/^https?:/.test(cluster.server))
    throw fail(`server: got ${JSON.stringify(cluster.server)}, want https://HOST:PORT`);
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify)
    throw fail('server: http takes insecure-skip-tls-verify: true');
  if (!user) throw fail(`the context ${JSON.stringify(name)} has no user in this file`);
  if (!CREDENTIALS.some((key) => user[key]))
    throw fail(
      `the user ${JSON.stringify(user.name)} has none of token, client-certificate, exec, ` +
        'auth-provider and username; for a tokenFile write auth-provider: {name: tokenFile, ' +
        'config: {tokenFile: PATH}}',
    );
  for (const file of [cluster.caFile, user.certFile, user.keyFile]) if (file) mustRead(path, file);
}

const CREDENTIALS = ['token', 'certFile', 'certData', 'exec', 'authProvider', 'username'] as const;

function mustRead(whose: string, file: string): void {
  try {
    accessSync(file, constants.R_OK);
    if (readFileSync(file).length === 0) throw new Error('it is empty');
  } catch (cause) {
    const uid = process.geteuid?.();
    const { code } = cause as NodeJS.ErrnoException;
    const remedy = code === 'EACCES' ? `; user ${uid}, which asks the API, must read it` : '';
    throw new CredentialsError(`${whose}: cannot read ${file}: ${reasonOf(cause)}${remedy}`, {
      cause,
    });
  }
}

function reasonOf(err: unknown): string {
  return err instanceof Error ? err.message : String(err);
}
