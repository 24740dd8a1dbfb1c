import type { TLSSocket } from 'node:tls';
import type { RefusalReason } from '../../../core/self/http-counts.ts';
import { type Credentials, readAuthorization } from './authorization.ts';
import { type CertificatePolicy, certificateProblem } from './client-certificate.ts';

/** A request for a protected path. */
export interface AccessRequest {
  /** The routed path. */
  readonly path: string;
  readonly authorization: string | undefined;
  /** The key of the client's address: see shareOf. */
  readonly address: string;
  /** Undefined without TLS. */
  readonly tls: TLSSocket | undefined;
}

/** The response to a client without access. */
export interface Denial {
  readonly status: 401 | 403 | 429 | 503;
  readonly reason: RefusalReason;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Checks a request. Returns undefined if the client has access. */
export type Access = (request: AccessRequest) => Promise<Denial | undefined>;

/** Checks a name and a password. */
export interface PasswordCheck {
  check(user: string, password: string, address: string): Promise<'right' | 'wrong' | 'late'>;
}

/** Checks a bearer token. `unknown`: it belongs to no account. Throws if the check is impossible. */
export type TokenReview = (
  token: string,
  path: string,
) => Promise<'allowed' | 'forbidden' | 'unknown'>;

export interface AccessRules {
  readonly clients?: CertificatePolicy | undefined;
  readonly passwords?: PasswordCheck | undefined;
  readonly tokens?: TokenReview | undefined;
  /** Called if a token could not be checked. */
  readonly onError: (err: unknown) => void;
}

/**
 * Undefined if everyone has access. A client needs a certificate if there are rules for certificates, and
 * a password or a token if either is configured.
 */
export function accessBy(rules: AccessRules): Access | undefined {
  const { clients, passwords, tokens } = rules;
  if (!clients && !passwords && !tokens) return undefined;
  return async ({ path, authorization, address, tls }) => {
    const problem = clients && (tls ? certificateProblem(clients, tls) : 'TLS is required');
    if (problem !== undefined) return denied(403, problem);
    if (!passwords && !tokens) return undefined;
    const credentials = readAuthorization(authorization);
    if (passwords && credentials?.scheme === 'basic')
      return await checkPassword(passwords, credentials, address, rules);
    if (tokens && credentials?.scheme === 'bearer')
      return await checkToken(tokens, credentials.token, path, rules);
    return unauthorized(
      rules,
      credentials ? 'these credentials are not accepted' : 'credentials are required',
    );
  };
}

async function checkPassword(
  passwords: PasswordCheck,
  { user, password }: Extract<Credentials, { scheme: 'basic' }>,
  address: string,
  rules: AccessRules,
): Promise<Denial | undefined> {
  switch (await passwords.check(user, password, address)) {
    case 'right':
      return undefined;
    case 'wrong':
      return unauthorized(rules, 'wrong user or password');
    case 'late':
      return { ...TOO_MANY_CHECKS, headers: { 'retry-after': '5' } };
  }
}

async function checkToken(
  tokens: TokenReview,
  token: string,
  path: string,
  rules: AccessRules,
): Promise<Denial | undefined> {
  try {
    switch (await tokens(token, path)) {
      case 'allowed':
        return undefined;
      case 'forbidden':
        return denied(
          403,
          `the account of this token is not allowed to get the non-resource URL ${path}`,
        );
      case 'unknown':
        return unauthorized(rules, 'the token is not valid');
    }
  } catch (err) {
    rules.onError(err);
    return { ...CANNOT_CHECK, headers: { 'retry-after': '5' } };
  }
}

const TOO_MANY_CHECKS = {
  status: 429,
  reason: 'credentials',
  text: 'too many password checks; try again later',
} as const;
const CANNOT_CHECK = {
  status: 503,
  reason: 'unavailable',
  text: 'the token cannot be checked; see the log of Vigia',
} as const;

function denied(status: 403, text: string): Denial {
  return { status, reason: 'forbidden', text };
}

function unauthorized({ passwords, tokens }: AccessRules, text: string): Denial {
  const schemes = [passwords && 'Basic realm="vigia"', tokens && 'Bearer realm="vigia"'];
  const headers = { 'www-authenticate': schemes.filter(Boolean).join(', ') };
  return { status: 401, reason: 'credentials', text, headers };
}
