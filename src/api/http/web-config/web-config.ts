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

/** How the HTTP server receives its clients, by a file in the format of Prometheus' exporters. */
export interface WebConfig {
  readonly tls: TlsTerminator | undefined;
  /** Until when its certificate is valid: Unix time in milliseconds. */
  readonly expiresMs: number | undefined;
  readonly clients: CertificatePolicy | undefined;
  /** Undefined where no user is named. */
  readonly passwords: Passwords | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly rate: Rate | 'unlimited' | undefined;
  /** Files that it names. */
  readonly files: readonly string[];
}

const MOST_BYTES = 1024 ** 2;
const ELSEWHERE = {
  auth_excluded_paths:
    'cannot be chosen here: /healthz and /readyz need no credentials, all else does',
};

/** Reads the file and those that it names. Throws all that is wrong with them. */
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
    // What is being written looks so for a moment, and must not open the door to everyone.
    if (size === 0) throw new Error('the file is empty; {} is a valid file without settings');
    if (size > MOST_BYTES) throw new Error(`has ${size} bytes: more than ${MOST_BYTES}`);
    return load(readFileSync(path, 'utf8'), { filename: path });
  } catch (err) {
    throw new WebConfigError(path, [err instanceof YAMLException ? placeOf(err) : reasonOf(err)]);
  }
}

/** Without the lines around the place, which may hold secrets. */
function placeOf({ reason, mark }: YAMLException): string {
  return mark === undefined ? reason : `line ${mark.line + 1}: ${reason}`;
}
