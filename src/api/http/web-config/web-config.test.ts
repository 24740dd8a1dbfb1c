import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Certificates, type Issued } from '../certificates.fixture.ts';
import { readWebConfig, type WebConfig, WebConfigError } from './web-config.ts';

const HASH = '$2y$04$4i6FPps/ITMJchSZgnd5J.F4dc7Xcc0fGqomq/1DqFVGdnxx2ufny';

let certificates: Certificates;
let server: Issued;

beforeAll(() => {
  certificates = new Certificates();
  server = certificates.issue('server', ['IP:127.0.0.1']);
});

afterAll(() => certificates[Symbol.dispose]());

function read(text: string): WebConfig {
  return readWebConfig(certificates.write('web.yaml', text));
}

/** Without the path of the file. */
function problemsOf(text: string): readonly string[] {
  try {
    read(text);
    return [];
  } catch (err) {
    if (!(err instanceof WebConfigError)) throw err;
    return err.problems;
  }
}

function tlsWith(...lines: readonly string[]): string {
  const { cert, key } = server;
  const all = [`cert_file: ${cert}`, `key_file: ${key}`, ...lines];
  return `tls_server_config:\n${all.map((line) => `  ${line}\n`).join('')}`;
}

describe('a web configuration', () => {
  test.each(['{}', 'tls_server_config:\nrate_limit:\nbasic_auth_users: {}\n'])(
    'without settings changes nothing: %j',
    (text) => {
      const { tls, clients, passwords, headers, rate, files } = read(text);
      expect([tls, clients, passwords, headers.size, rate, files]).toEqual([
        undefined,
        undefined,
        undefined,
        0,
        undefined,
        [],
      ]);
    },
  );

  test('supports all keys of exporters', () => {
    const config = read(
      `${tlsWith(
        'client_ca_file: ca.crt',
        'client_auth_type: RequireAndVerifyClientCert',
        'client_allowed_sans: [prometheus.example]',
        'min_version: TLS12',
        'max_version: TLS13',
        'cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]',
        'prefer_server_cipher_suites: false',
        'curve_preferences: [X25519, CurveP256]',
      )}
basic_auth_users:
  alice: ${HASH}
http_server_config:
  http2: false
  headers: { X-Frame-Options: deny, Strict-Transport-Security: max-age=60, X-XSS-Protection: "" }
rate_limit: { interval: 1m0.5s, burst: 20 }
`,
    );
    expect(config.clients).toEqual({
      isRequired: true,
      isVerified: true,
      allowedSans: ['prometheus.example'],
    });
    expect(config.passwords?.size).toBe(1);
    expect([...config.headers]).toEqual([
      ['x-frame-options', 'deny'],
      ['strict-transport-security', 'max-age=60'],
    ]);
    expect(config.rate).toEqual({ intervalMs: 60_500, burst: 20 });
    const names = [server.cert, server.key, 'ca.crt'];
    expect(config.files).toEqual(names.map((name) => certificates.path(name)));
    expect(config.expiresMs).toBeGreaterThan(Date.now());
  });

  test('supports inline certificates', () => {
    const indented = (name: string) => certificates.read(name).replaceAll('\n', '\n    ');
    const text = `tls_server_config:
  cert: |
    ${indented(server.cert)}
  key: |
    ${indented(server.key)}
`;
    expect(read(text).tls).toBeDefined();
  });

  test('with an interval of 0 has no limit', () => {
    expect(read('rate_limit: { interval: 0 }').rate).toBe('unlimited');
    expect(read('rate_limit: { interval: 0s, burst: 9 }').rate).toBe('unlimited');
  });

  test.each([
    ['NoClientCert', undefined],
    ['RequestClientCert', { isRequired: false, isVerified: false, allowedSans: [] }],
    ['RequireAnyClientCert', { isRequired: true, isVerified: false, allowedSans: [] }],
    ['RequireClientCert', { isRequired: true, isVerified: false, allowedSans: [] }],
  ])('supports client certificates as by %s', (type, policy) => {
    expect(read(tlsWith(`client_auth_type: ${type}`)).clients).toEqual(policy);
  });

  test('supports client certificates as by VerifyClientCertIfGiven', () => {
    const text = tlsWith('client_auth_type: VerifyClientCertIfGiven', 'client_ca_file: ca.crt');
    const policy = { isRequired: false, isVerified: true, allowedSans: [] };
    expect(read(text).clients).toEqual(policy);
  });
});

describe('a web configuration with problems', () => {
  test('is rejected with all problems, by key, without secrets', () => {
    const text = `
tls_server_config:
  cert_file: nowhere.crt
  key_file: ${server.key}
  certfile: x
  min_version: TLS10
  client_auth_type: Sometimes
http_server_config:
  http2: true
  headers: { X-Frame-Options: allow, Server: x }
basic_auth_users:
  alice: hunter2
  bob: $2y$17$4i6FPps/ITMJchSZgnd5J.F4dc7Xcc0fGqomq/1DqFVGdnxx2ufny
rate_limit: { interval: soon, burst: 0 }
auth_excluded_paths: [/metrics]
web: {}
`;
    const problems = problemsOf(text);
    expect(problems).toEqual([
      `tls_server_config.cert_file: cannot read ${certificates.path('nowhere.crt')}: no such file`,
      expect.stringMatching(/^tls_server_config.client_auth_type: got "Sometimes", want one of /),
      'tls_server_config.min_version: got "TLS10", want TLS12 or TLS13; older versions are insecure',
      expect.stringMatching(
        /^tls_server_config.certfile: no such key; the keys are cert, cert_file,/,
      ),
      'http_server_config.http2: only HTTP/1.1 is supported; want false, or remove the key',
      'http_server_config.headers.X-Frame-Options: want deny or sameorigin',
      expect.stringMatching(/^http_server_config.headers.Server: no such key; the keys are /),
      'basic_auth_users.alice: not a bcrypt hash; create one with: htpasswd -nBC 10 USER',
      'basic_auth_users.bob: got cost 17, want 4 to 16, such as 10',
      'rate_limit.interval: want a duration such as 50ms or 1s, or 0',
      'rate_limit.burst: want a whole number above 0',
      expect.stringMatching(/^auth_excluded_paths: not supported: /),
      expect.stringMatching(/^web: no such key; the keys are tls_server_config, /),
    ]);
    expect(problems.join()).not.toContain('hunter2');
  });

  test.each([
    [['client_ca_file: ca.crt'], 'client_ca_file: needs a client_auth_type other than'],
    [['client_auth_type: RequireAndVerifyClientCert'], 'client_auth_type: .* needs client_ca_file'],
    [['client_allowed_sans: [a]'], 'client_allowed_sans: needs a client_auth_type that requires'],
    [['min_version: TLS13', 'max_version: TLS12'], 'max_version: is below min_version'],
    [['cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]'], 'cipher_suites: .* unknown or insecure'],
    [['curve_preferences: [Curve448]'], 'curve_preferences: .* unknown or insecure'],
    [['prefer_server_cipher_suites: maybe'], 'prefer_server_cipher_suites: want true or false'],
    [['cert: x'], 'cert: cannot be combined with cert_file; remove one of them'],
    [['client_allowed_sans: x'], 'client_allowed_sans: want a list of strings'],
  ])('is rejected for %j', (lines, problem) => {
    expect(problemsOf(tlsWith(...lines))).toEqual([
      expect.stringMatching(new RegExp(`^tls_server_config.${problem}`)),
    ]);
  });

  test('is rejected for a certificate with a different key, and for an invalid one', () => {
    const { key } = certificates.issue('other', []);
    const tls = (lines: string) => problemsOf(`tls_server_config: {${lines}}`);
    expect(tls(`cert_file: ${server.cert}, key_file: ${key}`)).toEqual([
      'tls_server_config.key_file: not the key of the certificate',
    ]);
    expect(tls(`cert_file: ${key}, key_file: web.yaml`)).toEqual([
      'tls_server_config.cert_file: not a certificate in PEM format',
      'tls_server_config.key_file: not a private key in PEM format, or it has a passphrase',
    ]);
    expect(tls(`key_file: ${key}`)).toEqual(['tls_server_config.cert_file: missing']);
  });

  test.each([
    ['a: [', /^line 1: unexpected end/],
    ['', /^the file is empty; use \{\} for the defaults$/],
    ['# nothing\n', /^expected a document, but the input is empty$/],
    ['just text', /^the file: want keys and values$/],
    ['basic_auth_users: [x]', /^basic_auth_users: want keys and values$/],
    [`basic_auth_users:\n  a: hunter2\n  a: hunter2\n`, /^line 3: duplicated mapping key$/],
    [`basic_auth_users: { 'a:b': ${HASH} }`, /^basic_auth_users.a:b: a user name cannot contain a/],
    ['rate_limit: { burst: 3 }', /^rate_limit.burst: needs an interval$/],
  ])('is rejected if the file is %j', (text, problem) => {
    const problems = problemsOf(text);
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(problems.join()).not.toContain('hunter2');
  });

  test('is rejected if there is no file', () => {
    expect(() => readWebConfig('/nowhere/web.yaml')).toThrow('/nowhere/web.yaml: no such file');
  });
});
