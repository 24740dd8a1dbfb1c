import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type TlsOptions } from 'node:tls';
import type { CertificatePolicy } from '../access/client-certificate.ts';
import type { FileReader } from './files.ts';
import type { Keys } from './keys.ts';
import { CURVES, suiteOf, TLS_VERSIONS, TLS13_SUITES } from './tls-names.ts';

/** TLS options, and the rules for client certificates. */
export interface TlsSection {
  readonly options: TlsOptions;
  readonly clients: CertificatePolicy | undefined;
  /** Unix time in milliseconds. */
  readonly expiresMs: number;
}

const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
  // An older name of RequireAnyClientCert.
  'RequireClientCert',
] as const;
const REQUIRED: readonly string[] = [
  'RequireAnyClientCert',
  'RequireClientCert',
  'RequireAndVerifyClientCert',
];
const VERIFIED: readonly string[] = ['VerifyClientCertIfGiven', 'RequireAndVerifyClientCert'];

/** Reads `tls_server_config`. Undefined if it is empty or has problems. */
export function readTlsSection(keys: Keys, files: FileReader): TlsSection | undefined {
  const pem = (what: 'cert' | 'key' | 'client_ca') => readPem(keys, files, what);
  const [cert, key, ca] = [pem('cert'), pem('key'), pem('client_ca')];
  const authType = keys.choice('client_auth_type', CLIENT_AUTH_TYPES);
  const allowedSans = keys.texts('client_allowed_sans');
  const isRequired = REQUIRED.includes(authType ?? '');
  const isVerified = VERIFIED.includes(authType ?? '');
  const isRequested = authType !== undefined && authType !== 'NoClientCert';
  const handshake = readHandshake(keys);
  keys.end();
  if (ca.isGiven && !isRequested)
    keys.complain('client_ca_file', 'needs a client_auth_type other than NoClientCert');
  if (isVerified && !ca.isGiven)
    keys.complain('client_auth_type', `${authType} needs client_ca_file`);
  if (allowedSans.length > 0 && !isRequired)
    keys.complain('client_allowed_sans', 'needs a client_auth_type that requires a certificate');
  if (!cert.isGiven && !key.isGiven && !isRequested) return undefined;
  if (!cert.isGiven) keys.complain('cert_file', 'missing');
  if (!key.isGiven) keys.complain('key_file', 'missing');
  const expiresMs = checkPair(keys, cert.text, key.text);
  if (expiresMs === undefined || cert.text === undefined || key.text === undefined)
    return undefined;
  const options: TlsOptions = {
    ...handshake,
    cert: cert.text,
    key: key.text,
    ...(ca.text === undefined ? {} : { ca: ca.text }),
    requestCert: isRequested,
  };
  const clients = isRequested ? { isRequired, isVerified, allowedSans } : undefined;
  return isAccepted(keys, options) ? { options, clients, expiresMs } : undefined;
}

interface Pem {
  readonly isGiven: boolean;
  /** Undefined if it cannot be read. */
  readonly text: string | undefined;
}

/** The PEM text, given inline or as the path of a file. */
function readPem(keys: Keys, files: FileReader, what: 'cert' | 'key' | 'client_ca'): Pem {
  const [inline, path] = [keys.text(what), keys.text(`${what}_file`)];
  if (inline !== undefined && path !== undefined)
    keys.complain(what, `cannot be combined with ${what}_file; remove one of them`);
  if (path === undefined) return { isGiven: inline !== undefined, text: inline };
  const read = files.read(path);
  if ('problem' in read) keys.complain(`${what}_file`, read.problem);
  return { isGiven: true, text: 'text' in read ? read.text : undefined };
}

/** The end of the certificate's validity. Undefined if the certificate or its key has a problem. */
function checkPair(keys: Keys, cert?: string, key?: string): number | undefined {
  const certificate = cert === undefined ? undefined : attempt(() => new X509Certificate(cert));
  const privateKey = key === undefined ? undefined : attempt(() => createPrivateKey(key));
  if (cert !== undefined && !certificate)
    keys.complain('cert_file', 'not a certificate in PEM format');
  if (key !== undefined && !privateKey)
    keys.complain('key_file', 'not a private key in PEM format, or it has a passphrase');
  if (!certificate || !privateKey) return undefined;
  if (certificate.checkPrivateKey(privateKey)) return certificate.validToDate.getTime();
  keys.complain('key_file', 'not the key of the certificate');
  return undefined;
}

/** Reads versions, cipher suites and curves. */
function readHandshake(keys: Keys): TlsOptions {
  const [minVersion, maxVersion] = [readVersion(keys, 'min'), readVersion(keys, 'max')];
  if (minVersion === 'TLSv1.3' && maxVersion === 'TLSv1.2')
    keys.complain('max_version', 'is below min_version');
  const suites = readNames(keys, 'cipher_suites', suiteOf);
  const curves = readNames(keys, 'curve_preferences', (name) =>
    Object.hasOwn(CURVES, name) ? CURVES[name] : undefined,
  );
  // As in Go, the list is for TLS 1.2, and all TLS 1.3 suites stay enabled.
  const hasTls13 = suites.some((suite) => TLS13_SUITES.includes(suite));
  const ciphers = hasTls13 ? suites : [...TLS13_SUITES, ...suites];
  return {
    minVersion: minVersion ?? 'TLSv1.2',
    maxVersion: maxVersion ?? 'TLSv1.3',
    honorCipherOrder: keys.flag('prefer_server_cipher_suites') ?? true,
    ...(suites.length > 0 && { ciphers: ciphers.join(':') }),
    ...(curves.length > 0 && { ecdhCurve: curves.join(':') }),
  };
}

function readVersion(keys: Keys, end: 'min' | 'max') {
  const key = `${end}_version`;
  const name = keys.text(key);
  if (name === undefined) return undefined;
  const version = Object.hasOwn(TLS_VERSIONS, name) ? TLS_VERSIONS[name] : undefined;
  if (version === undefined)
    keys.complain(
      key,
      `got ${JSON.stringify(name)}, want TLS12 or TLS13; older versions are insecure`,
    );
  return version;
}

function readNames(keys: Keys, key: string, nameOf: (name: string) => string | undefined) {
  return keys.texts(key).flatMap((name) => {
    const known = nameOf(name);
    if (known === undefined) keys.complain(key, `${JSON.stringify(name)} is unknown or insecure`);
    return known ?? [];
  });
}

/** Final check: whether OpenSSL accepts the options. */
function isAccepted(keys: Keys, options: TlsOptions): boolean {
  try {
    createSecureContext(options);
    return true;
  } catch (err) {
    keys.complain('', err instanceof Error ? err.message : String(err));
    return false;
  }
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
