import { isIPv6 } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { addressOctets, groupsOf } from '../../../core/flow/address.ts';

/** Requirements for client certificates. */
export interface CertificatePolicy {
  readonly isRequired: boolean;
  /** Whether a client's certificate must be issued by the configured authority. */
  readonly isVerified: boolean;
  /** Accepted subject alternative names. Empty: any. */
  readonly allowedSans: readonly string[];
}

/** Why the client's certificate is rejected. Undefined: it is accepted. */
export function certificateProblem(
  { isRequired, isVerified, allowedSans }: CertificatePolicy,
  stream: TLSSocket,
): string | undefined {
  const certificate = stream.getPeerX509Certificate();
  if (!certificate) return isRequired ? 'a client certificate is required' : undefined;
  if (isVerified && !stream.authorized)
    return `the client certificate is not valid: ${stream.authorizationError ?? 'unknown'}`;
  if (allowedSans.length === 0) return undefined;
  const allowed = allowedSans.map(canonical);
  const names = alternativeNames(certificate.subjectAltName ?? '');
  if (names.some((name) => allowed.includes(name))) return undefined;
  return 'the client certificate has none of the allowed names';
}

const NAMES = ['DNS', 'IP Address', 'URI', 'email'];

/** Parses 'DNS:a.example, IP Address:192.0.2.1, URI:"spiffe://x/y, z"'. Node quotes names with a comma. */
export function alternativeNames(text: string): string[] {
  const entry = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;
  const names: string[] = [];
  for (let found = entry.exec(text); found; found = entry.exec(text)) {
    const [, kind = '', name = ''] = found;
    if (NAMES.includes(kind)) names.push(canonical(name.startsWith('"') ? unquoted(name) : name));
  }
  return names;
}

function unquoted(text: string): string {
  return String(JSON.parse(text));
}

/** One spelling for each IPv6 address. */
function canonical(name: string): string {
  const octets = isIPv6(name) ? addressOctets(name) : undefined;
  return octets ? groupsOf(octets).join(':') : name;
}
