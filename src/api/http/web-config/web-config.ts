import { readFileSync, statSync } from 'node:fs';
import { load, YAMLException } from 'js-yaml';
import type { CertificatePolicy } from '../access/client-certificate.ts';
import { TlsTerminator } from '../gate/tls-terminator.ts';
import type { Rate } from '../gate/token-buckets.ts';
import { FileReader, reasonOf } from './files.ts';
import { Keys, WebConfigError } from './keys.ts';
import { readHeaders, readRate, readUsers } from './other-sections.ts';
import { Passwords } from './passwords.ts';
import { readTlsSection } from './tls-section.ts';

export { WebConfigError } from './keys.ts';

/** Settings of the HTTP server, from a file in the format of Prometheus' exporters. */
export interface WebConfig {
  readonly tls: TlsTerminator | undefined;
  /** End of the certificate's validity: Unix time in milliseconds. */
  readonly expiresMs: number | undefined;
  readonly clients: CertificatePolicy | undefined;
  /** Undefined if there are no users. */
  readonly passwords: Passwords | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly rate: Rate | 'unlimited' | undefined;
  /** Paths of the files that it refers to. */
  readonly files: readonly string[];
}

const MOST_BYTES = 1024 ** 2;
const ELSEWHERE = {
  auth_excluded_paths:
    'not supported: /healthz and /readyz never need credentials, all other paths do',
};

/** Reads the file, and the files that it refers to. Throws all problems at once. */
export function readWebConfig(path: string): WebConfig {
  const problems: string[] = [];
  const keys = new Keys('', parse(path), problems);
  const files = new FileReader(path);
  const tls = readTlsSection(keys.section('tls_server_config'), files);
  const headers = readHeaders(keys.section('http_server_config'));
  const users = readUsers(keys.section('basic_auth_users'));
  const rate = readRate(keys.section('rate_limit'));
  keys.end(ELSEWHERE);
  if (problems.length > 0) throw new WebConfigError(path, problems);
  return {
    tls: tls && new TlsTerminator(tls.options),
    expiresMs: tls?.expiresMs,
    clients: tls?.clients,
    passwords: users.size > 0 ? new Passwords(users) : undefined,
    headers,
    rate,
    files: files.paths,
  };
}

function parse(path: string): unknown {
  try {
    const { size } = statSync(path);
    // A file that is being written is empty for a moment, which must not give everyone access.
    if (size === 0) throw new Error('the file is empty; use {} for the defaults');
    if (size > MOST_BYTES)
      throw new Error(`the file has ${size} bytes; the limit is ${MOST_BYTES}`);
    return load(readFileSync(path, 'utf8'), { filename: path });
  } catch (err) {
    throw new WebConfigError(path, [err instanceof YAMLException ? placeOf(err) : reasonOf(err)]);
  }
}

/** Without the surrounding lines, which may contain secrets. */
function placeOf({ reason, mark }: YAMLException): string {
  return mark === undefined ? reason : `line ${mark.line + 1}: ${reason}`;
}
