/** Variants of the dialects, as other clients and pools send them. */
import type { Grammar, Turn } from './grammars.ts';
import { type Json, noise, oneOf, type Random } from './json-style.ts';

const ALPHANUMERIC = '0123456789abcdefghijklmnopqrstuvwxyz';

const message = (from: Turn['from'], json: Json): Turn => ({ from, json, after: '\n' });
const client = (json: Json): Turn => message('client', json);
const server = (json: Json): Turn => message('server', json);

/** A user name in place of a wallet, so the login alone proves nothing. */
const user = (random: Random): string =>
  oneOf(['user@example.com', `bc1q${noise(38, random, ALPHANUMERIC)}.rig1`, 'user.worker'], random);

const share = (random: Random): Json => ({
  id: noise(15, random, '0123456789'),
  job_id: noise(15, random, '0123456789'),
  nonce: noise(8, random),
  result: noise(64, random),
});

/** As xmr-stak sends it: `id` last, `rigid` and no `algo`. */
function xmrStak(random: Random, login: string): readonly Turn[] {
  const agent = 'xmr-stak/2.10.8/752fd1e/master/lin/cpu/aeon-cryptonight-monero/0';
  const work = { blob: noise(152, random), job_id: noise(15, random), target: noise(8, random) };
  return [
    client({ method: 'login', params: { login, pass: 'x', rigid: '', agent }, id: 1 }),
    server({ id: 1, jsonrpc: '2.0', error: null, result: { id: 'a', job: work, status: 'OK' } }),
    client({ method: 'submit', params: share(random), id: 1 }),
    server({ id: 1, jsonrpc: '2.0', error: null, result: { status: 'OK' } }),
    server({ jsonrpc: '2.0', method: 'job', params: work }),
  ];
}

/** With ASICBoost: the capabilities come first (BIP 310). */
function versionRolling(random: Random): readonly Turn[] {
  const name = user(random);
  const rolling = { 'version-rolling.mask': '1fffe000', 'version-rolling.min-bit-count': 2 };
  const extensions = ['version-rolling', 'minimum-difficulty'];
  return [
    client({ id: 1, method: 'mining.configure', params: [extensions, rolling] }),
    server({ id: 1, result: { 'version-rolling': true, ...rolling }, error: null }),
    client({ id: 2, method: 'mining.subscribe', params: ['bfgminer/5.5.0'] }),
    client({ id: 3, method: 'mining.suggest_difficulty', params: [512] }),
    client({ id: 4, method: 'mining.authorize', params: [name, 'c=BTC,mc=BTC/LTC'] }),
    server({ id: null, method: 'mining.set_version_mask', params: ['1fffe000'] }),
    client({
      id: 5,
      method: 'mining.submit',
      params: [name, 'a', 'b', noise(8, random), '00', '20'],
    }),
  ];
}

/** Zcash (ZIP 301): a target instead of a difficulty, and the pool's address in the subscription. */
function zcash(random: Random): readonly Turn[] {
  const name = `t1${noise(33, random, ALPHANUMERIC)}.rig`;
  const work = [noise(4, random), '04000000', noise(64, random), noise(64, random), '0', true];
  return [
    client({ id: 1, method: 'mining.subscribe', params: ['x/1', null, 'pool.example', 3357] }),
    server({ id: 1, result: [null, noise(8, random)], error: null }),
    client({ id: 2, method: 'mining.authorize', params: [name, 'x'] }),
    server({ id: null, method: 'mining.set_target', params: [noise(64, random)] }),
    server({ id: null, method: 'mining.notify', params: work }),
    client({
      id: 4,
      method: 'mining.submit',
      params: [name, 'a', '0', noise(56, random), noise(2700, random)],
    }),
  ];
}

/** NiceHash: the pool may change the miner's part of the nonce. */
function extranonce(random: Random): readonly Turn[] {
  return [
    client({ id: 1, method: 'mining.subscribe', params: ['NiceHash/1.0.0'] }),
    server({ id: 1, result: [[['mining.notify', 'a']], noise(8, random), 4], error: null }),
    client({ id: 2, method: 'mining.extranonce.subscribe', params: [] }),
    server({ id: 2, result: true, error: null }),
    client({ id: 3, method: 'mining.authorize', params: [user(random), 'x'] }),
    server({ id: null, method: 'mining.set_extranonce', params: [noise(8, random), 4] }),
  ];
}

/** Cuckoo cycles instead of hashes. The miner requests work from the pool. */
function grin(random: Random): readonly Turn[] {
  const work = { difficulty: 1, height: 1_000_000, job_id: 7, pre_pow: noise(480, random) };
  const pow = Array.from({ length: 42 }, () => Math.floor(random() * 2 ** 31));
  const login = { login: user(random), pass: 'x', agent: 'grin-miner' };
  const head = { jsonrpc: '2.0' };
  return [
    client({ id: '0', ...head, method: 'login', params: login }),
    server({ id: '0', ...head, method: 'login', result: 'ok', error: null }),
    client({ id: '0', ...head, method: 'getjobtemplate', params: null }),
    server({ id: '0', ...head, method: 'getjobtemplate', result: work, error: null }),
    client({
      id: '0',
      ...head,
      method: 'submit',
      params: { edge_bits: 32, height: 1_000_000, job_id: 7, nonce: 12_345, pow },
    }),
  ];
}

type Head = (body: string) => string;

/** A work request after the given HTTP header. */
function getwork(head: Head): readonly Turn[] {
  const json = { method: 'getwork', params: [], id: 0 };
  return [{ from: 'client', json, before: head }];
}

/** On a persistent connection, after another request. */
function getworkAgain(random: Random): readonly Turn[] {
  const request = { method: 'getblockcount', params: [], id: 0 };
  const head: Head = (body) => `${POST}Content-Length: ${body.length}\r\n\r\n`;
  const first: Turn = { from: 'client', json: request, before: head };
  const answered: Turn = { from: 'server', before: () => 'HTTP/1.1 200 OK\r\n\r\n' };
  return [first, ...(random() < 0.5 ? [answered] : []), ...getwork(head)];
}

/** Beam: a key instead of a login, a solution instead of a share. */
function beam(random: Random): readonly Turn[] {
  const head = { jsonrpc: '2.0' };
  const api = { api_key: noise(64, random), id: 'login', ...head };
  const work = { difficulty: 1, height: 1, id: '7', input: noise(64, random), ...head };
  const found = { nonce: noise(16, random), output: noise(208, random), ...head };
  return [
    client({ ...api, method: 'login' }),
    server({ ...head, id: 'login', code: 0, nonceprefix: 'd3', method: 'result' }),
    server({ ...work, method: 'job' }),
    client({ ...found, id: '7', method: 'solution' }),
    server({ ...head, id: '7', code: 1, description: 'accepted', method: 'result' }),
    client({ ...found, id: '8', method: 'solution' }),
  ];
}

const POST = 'POST / HTTP/1.1\r\nHost: node.example:8332\r\nX-Mining-Extensions: midstate\r\n';

const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;

/** HTTP chunks of at most this many bytes, with chunk sizes in upper or lower case. */
function chunks(body: string, most: number, random: Random): string {
  const all: string[] = [];
  for (let at = 0; at < body.length; ) {
    const piece = body.slice(at, at + 1 + Math.floor(random() * most));
    const size = piece.length.toString(16);
    all.push(`${random() < 0.5 ? size : size.toUpperCase()}\r\n${piece}\r\n`);
    at += piece.length;
  }
  return `${all.join('')}0\r\n\r\n`;
}

/** A chunked request, with the header in its own segment or not. */
function inChunks(most: number, random: Random): readonly Turn[] {
  const json = { method: 'getwork', params: [], id: 0 };
  const around = (body: string) => chunks(body, most, random);
  if (random() < 0.5) return [{ from: 'client', json, around: (body) => CHUNKED + around(body) }];
  return [
    { from: 'client', before: () => CHUNKED },
    { from: 'client', json, around },
  ];
}

/** A header of about `bytes`, as with cookies and tokens. */
function long(bytes: number): Head {
  return (body) => {
    const cookie = `Cookie: session=${'c'.repeat(bytes - POST.length)}\r\n`;
    return `${POST}${cookie}Content-Length: ${body.length}\r\n\r\n`;
  };
}

export const MORE_GRAMMARS: Readonly<Record<string, Grammar>> = {
  'xmr-stak': (random) => xmrStak(random, `4${noise(94, random, ALPHANUMERIC)}`),
  'CryptoNote with a user name': (random) => xmrStak(random, user(random)),
  'Stratum 1 with version rolling': versionRolling,
  'Zcash Stratum': zcash,
  'NiceHash Stratum': extranonce,
  'Cuckoo (Grin)': grin,
  Beam: beam,
  'CryptoNote, login refused': (random) => [
    client({
      method: 'login',
      params: { login: user(random), pass: 'x', agent: `XMRig/6.${noise(2, random, '12')}.0` },
      id: 1,
    }),
    server({ id: 1, jsonrpc: '2.0', error: { code: -1, message: 'unknown user' }, result: null }),
  ],
  'getwork, one chunk': (random) => inChunks(2 ** 30, random),
  'getwork, many chunks': (random) => inChunks(20, random),
  'getwork, later request on a connection': getworkAgain,
  'getwork, header of 900 bytes': () => getwork(long(900)),
  'getwork, header of 1500 bytes': () => getwork(long(1500)),
};
