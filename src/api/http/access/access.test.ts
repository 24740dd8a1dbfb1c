import { beforeEach, describe, expect, test } from 'vitest';
import { type AccessRequest, type AccessRules, accessBy, type TokenReview } from './access.ts';
import { readAuthorization } from './authorization.ts';
import { isOwnHost } from './host-header.ts';

let errors: unknown[];

beforeEach(() => {
  errors = [];
});

const passwords: AccessRules['passwords'] = {
  check: async (user, password) => {
    if (user === 'late') return 'late';
    return user === 'alice' && password === 'se:cret' ? 'right' : 'wrong';
  },
};

const tokens: TokenReview = async (token, path) => {
  if (token === 'broken') throw new Error('no API');
  if (token !== 'good') return 'unknown';
  return path === '/metrics' ? 'allowed' : 'forbidden';
};

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

async function denied(rules: Partial<AccessRules>, authorization?: string, path = '/metrics') {
  const access = accessBy({ ...rules, onError: (err) => errors.push(err) });
  const request: AccessRequest = { path, authorization, address: 'a', tls: undefined };
  const { status, headers } = (await access?.(request)) ?? {};
  return status && [status, headers?.['www-authenticate'] ?? headers?.['retry-after']];
}

describe('access', () => {
  test('is free without rules', () => {
    expect(accessBy({ onError: () => {} })).toBeUndefined();
  });

  test.each([
    ['the right password', basic('alice:se:cret'), undefined],
    ['a wrong one', basic('alice:secret'), [401, 'Basic realm="vigia"']],
    ['none', undefined, [401, 'Basic realm="vigia"']],
    ['a token', 'Bearer good', [401, 'Basic realm="vigia"']],
    ['too many to check', basic('late:x'), [429, '5']],
  ])('by password, with %s', async (_what, authorization, wanted) => {
    expect(await denied({ passwords }, authorization)).toEqual(wanted);
  });

  test.each([
    ['a good token', 'Bearer good', '/metrics', undefined],
    ['a good token, elsewhere', 'Bearer good', '/', [403, undefined]],
    ['an unknown token', 'Bearer bad', '/metrics', [401, 'Bearer realm="vigia"']],
    ['none', undefined, '/metrics', [401, 'Bearer realm="vigia"']],
    ['a password', basic('alice:se:cret'), '/metrics', [401, 'Bearer realm="vigia"']],
  ])('by token, with %s', async (_what, authorization, path, wanted) => {
    expect(await denied({ tokens }, authorization, path)).toEqual(wanted);
    expect(errors).toEqual([]);
  });

  test('by token is denied and reported if the token cannot be checked', async () => {
    expect(await denied({ tokens }, 'Bearer broken')).toEqual([503, '5']);
    expect(errors).toEqual([new Error('no API')]);
  });

  test('by either needs only one of them', async () => {
    const both = { passwords, tokens };
    expect(await denied(both, basic('alice:se:cret'))).toBeUndefined();
    expect(await denied(both, 'Bearer good')).toBeUndefined();
    expect(await denied(both)).toEqual([401, 'Basic realm="vigia", Bearer realm="vigia"']);
  });

  test('by certificate needs TLS', async () => {
    const clients = { isRequired: true, isVerified: true, allowedSans: [] };
    expect(await denied({ clients })).toEqual([403, undefined]);
  });
});

describe('credentials', () => {
  test.each([
    ['Basic YTpi', { scheme: 'basic', user: 'a', password: 'b' }],
    ['basic   YTpiOmM=', { scheme: 'basic', user: 'a', password: 'b:c' }],
    ['Basic Og==', { scheme: 'basic', user: '', password: '' }],
    ['Bearer a.b-c_d~e+f/g==', { scheme: 'bearer', token: 'a.b-c_d~e+f/g==' }],
    ['BEARER x', { scheme: 'bearer', token: 'x' }],
  ])('are in %j', (header, wanted) => expect(readAuthorization(header)).toEqual(wanted));

  test.each([
    undefined,
    '',
    'Basic',
    'Basic YQ==',
    'Basic {}',
    'Bearer',
    'Bearer a b',
    'Digest x',
    'Bearer x\0',
  ])('are not in %j', (header) => expect(readAuthorization(header)).toBeUndefined());
});

describe('the page is shown under', () => {
  test.each([
    '127.0.0.1:9770',
    '[::1]:9770',
    '[2001:db8::1]',
    '10.1.2.3',
    'localhost:9770',
    'LOCALHOST',
    'worker-1:9770',
    'vigia.localhost',
    'vigia.monitoring.svc:9770',
    'vigia.monitoring.svc.cluster.local:9770',
    'ip-10-0-0-1.eu-west-1.compute.internal',
    'vigia.example.com',
    'VIGIA.example.com.:9770',
    'a.nodes.example',
    'node-1.corp.example:9770',
  ])('%s', (host) => {
    const allowed = ['vigia.example.com', '*.Nodes.example', 'node-1.corp.example'];
    expect(isOwnHost(host, allowed)).toBe(true);
  });

  test.each([
    undefined,
    '',
    'evil.example',
    'vigia.example.com.evil.example',
    'evilvigia.example.com',
    'nodes.example',
    'x.nodes.example.evil',
    '127.0.0.1.evil.example',
    'localhost.evil.example:9770',
    'evil.example:9770:9770',
    'evil.example/127.0.0.1',
    'user@127.0.0.1.evil.example',
    '[::1].evil.example',
  ])('but not under %j', (host) => {
    expect(isOwnHost(host, ['vigia.example.com', '*.nodes.example'])).toBe(false);
  });
});
