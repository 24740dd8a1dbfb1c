import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CredentialsError, readCredentials } from './credentials.ts';

const directory = mkdtempSync(join(tmpdir(), 'vigia-credentials-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(text: string): string {
  const path = join(directory, 'kubeconfig');
  writeFileSync(path, text);
  return path;
}

const kubeconfig = (cluster: object, user: object | undefined) =>
  JSON.stringify({
    clusters: [{ name: 'c', cluster }],
    users: user ? [{ name: 'u', user }] : [],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
const SERVER = { server: 'https://127.0.0.1:6443' };

test('a token is read from a kubeconfig, anew each time', async () => {
  const path = file(kubeconfig(SERVER, { token: 'secret' }));
  const { server, authorize } = readCredentials({ kubeconfig: path });
  expect(server).toBe('https://127.0.0.1:6443');
  expect((await authorize()).headers).toEqual({ Authorization: 'Bearer secret' });
});

test('a pod asks with the token of its service account, by IPv6 too', async () => {
  writeFileSync(join(directory, 'token'), 'mine');
  writeFileSync(join(directory, 'ca.crt'), 'a certificate');
  const serviceAccount = { host: 'fd00::1', port: '443', directory };
  const { server, authorize } = readCredentials({ serviceAccount });
  expect(server).toBe('https://[fd00::1]:443');
  expect((await authorize()).headers).toEqual({ Authorization: 'Bearer mine' });
});

test.each([
  ['{', 'is not a kubeconfig'],
  ['', 'the file is empty'],
  ['null', 'is not a kubeconfig'],
  ['clusters: []', 'no current-context'],
  ['current-context: y', 'has no cluster'],
  [kubeconfig(SERVER, undefined), 'has no user'],
  [kubeconfig(SERVER, { tokenFile: '/t' }), 'needs one of token'],
  [kubeconfig({ server: 'localhost' }, { token: 't' }), 'want https://HOST:PORT'],
  [kubeconfig({ server: 'http://h:1' }, { token: 't' }), 'insecure-skip-tls-verify'],
  [
    kubeconfig({ ...SERVER, 'certificate-authority': '/nowhere/ca' }, { token: 't' }),
    'cannot read /nowhere/ca',
  ],
])('%j is refused, and it is told why', (text, why) => {
  const read = () => readCredentials({ kubeconfig: file(text) });
  expect(read).toThrow(CredentialsError);
  expect(read).toThrow(why);
});

test('a file that is not there is named', () => {
  expect(() => readCredentials({ kubeconfig: '/nowhere/config' })).toThrow('/nowhere/config');
});
