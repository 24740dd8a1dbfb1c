import type { SecureVersion } from 'node:tls';

/** OpenSSL's names by the names of Go, which the file uses. */
export const TLS_VERSIONS: Readonly<Record<string, SecureVersion>> = {
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};

/** TLS 1.3 suites have the same names in Go and OpenSSL. */
export const TLS13_SUITES: readonly string[] = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
];

/** TLS 1.2 suites, except those that Go lists as insecure. */
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

/** OpenSSL's name of a suite. Undefined if it is unknown or insecure. */
export function suiteOf(name: string): string | undefined {
  if (TLS13_SUITES.includes(name)) return name;
  return Object.hasOwn(TLS12_SUITES, name) ? TLS12_SUITES[name] : undefined;
}
