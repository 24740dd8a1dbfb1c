import { accessSync, constants, readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:http';
// NOTE: imports one file, because the package has a class for each of a thousand types.
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { ApiAccess } from './api.ts';

/** Credentials for the API: a kubeconfig file, or the service account of this pod. */
export type CredentialSource =
  | { readonly kubeconfig: string }
  | { readonly serviceAccount: ServiceAccount };

/** Provided by the kubelet. */
export interface ServiceAccount {
  readonly host: string;
  readonly port: string;
  /** Directory of `token` and `ca.crt`. */
  readonly directory: string;
}

/** The configured credentials are not usable. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}

/** Reads the credentials, and checks them as far as possible without a call. */
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
    throw new CredentialsError(`${path} is not a kubeconfig: ${reasonOf(cause)}`, { cause });
  }
  checkFile(path, config);
  return config;
}

function checkFile(path: string, config: KubeConfig): void {
  const name = config.getCurrentContext() ?? '';
  const [cluster, user] = [config.getCurrentCluster(), config.getCurrentUser()];
  const fail = (what: string) => new CredentialsError(`${path}: ${what}`);
  if (name === '') throw fail('no current-context; set it with kubectl config use-context');
  if (!cluster) throw fail(`the context ${JSON.stringify(name)} has no cluster in this file`);
  if (!URL.canParse(cluster.server) || !/^https?:/.test(cluster.server))
    throw fail(`server: got ${JSON.stringify(cluster.server)}, want https://HOST:PORT`);
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify)
    throw fail('server: http needs insecure-skip-tls-verify: true');
  if (!user) throw fail(`the context ${JSON.stringify(name)} has no user in this file`);
  if (!CREDENTIALS.some((key) => user[key]))
    throw fail(
      `the user ${JSON.stringify(user.name)} needs one of token, client-certificate, exec, ` +
        'auth-provider and username; instead of tokenFile, use auth-provider: {name: tokenFile, ' +
        'config: {tokenFile: PATH}}',
    );
  for (const file of [cluster.caFile, user.certFile, user.keyFile]) if (file) mustRead(path, file);
}

const CREDENTIALS = ['token', 'certFile', 'certData', 'exec', 'authProvider', 'username'] as const;

function mustRead(whose: string, file: string): void {
  try {
    accessSync(file, constants.R_OK);
    if (readFileSync(file).length === 0) throw new Error('the file is empty');
  } catch (cause) {
    const uid = process.geteuid?.();
    const { code } = cause as NodeJS.ErrnoException;
    const remedy =
      code === 'EACCES' ? `; user ${uid}, which calls the API, must be able to read it` : '';
    throw new CredentialsError(`${whose}: cannot read ${file}: ${reasonOf(cause)}${remedy}`, {
      cause,
    });
  }
}

function reasonOf(err: unknown): string {
  return err instanceof Error ? err.message : String(err);
}
