/** The credentials in an Authorization header. */
export type Credentials =
  | { readonly scheme: 'basic'; readonly user: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string };

const BASIC = /^basic +([\w+/-]+={0,2}) *$/i;
/** RFC 6750, 2.1. */
const BEARER = /^bearer +([\w.~+/-]+=*) *$/i;

/** Undefined if the header is absent or malformed. */
export function readAuthorization(authorization: string | undefined): Credentials | undefined {
  if (authorization === undefined) return undefined;
  const [, token] = BEARER.exec(authorization) ?? [];
  if (token !== undefined) return { scheme: 'bearer', token };
  const [, encoded] = BASIC.exec(authorization) ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) return undefined;
  return { scheme: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) };
}
