import type { SecureVersion } from 'node:tls';

/** What Go calls them, as the file does, and what OpenSSL does. */
export const TLS_VERSIONS: Readonly<Record<string, SecureVersion>> = {
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};

/** Of TLS 1.3, where they have one name. */
export const TLS13_SUITES: readonly string[] = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
];

/** Of TLS 1.2: those that Go does not call insecure. */
const TLS12_SUITES: Readonly<Record<string, string>> = Object.fromEntries(
  ['ECDSA', 'RSA'].flatMap((key) => [
    [`TLS_ECDHE_${key}_WITH_AES_128_GCM_SHA256`, `ECDHE-${key}-AES128-GCM-SHA256`],
    [`TLS_ECDHE_${key}_WITH_AES_256_GCM_SHA384`, `ECDHE-${key}-AES256-GCM-SHA384`],
    [`TLS_ECDHE_${key}_WITH_CHACHA20_POLY1305_SHA256`, `ECDHE-${key}-CHACHA20-POLY1305`],
    [`TLS_ECDHE_${key}_WITH_CHACHA20_POLY1305`, `ECDHE-${key}-CHACHA20-POLY1305`],
    [`TLS_ECDHE_${key}_WITH_AES_128_CBC_SHA`, `ECDHE-${key}-AES128-SHA`],
    [`TLS_ECDHE_${key}_WITH_AES_256_CBC_SHA`, `ECDHE-${key}-AES256-SHA`],
  ]),
);

export const CURVES: Readonly<Record<string, string>> = {
  CurveP256: 'P-256',
  CurveP384: 'P-384',
  CurveP521: 'P-521',
  X25519: 'X25519',
};

/** OpenSSL's name of a suite; undefined for what is none, or is insecure. */
export function suiteOf(name: string): string | undefined {
  if (TLS13_SUITES.includes(name)) return name;
  return Object.hasOwn(TLS12_SUITES, name) ? TLS12_SUITES[name] : undefined;
}
