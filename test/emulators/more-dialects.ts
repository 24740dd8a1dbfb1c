/** Relatives of the dialects, as other clients and pools speak them. */
import type { Grammar, Turn } from './dialects.ts';
import { type Json, noise, oneOf, type Random } from './json-style.ts';

const ALPHANUMERIC = '0123456789abcdefghijklmnopqrstuvwxyz';

const say = (from: Turn['from'], json: Json): Turn => ({ from, json, after: '\n' });
const client = (json: Json): Turn => say('client', json);
const server = (json: Json): Turn => say('server', json);

/** By whom a pool is told to pay: no wallet, so the login alone is that of anybody. */
const user = (random: Random): string =>
  oneOf(['user@example.com', `bc1q${noise(38, random, ALPHANUMERIC)}.rig1`, 'user.worker'], random);

const share = (random: Random): Json => ({
  id: noise(15, random, '0123456789'),
  job_id: noise(15, random, '0123456789'),
  nonce: noise(8, random),
  result: noise(64, random),
});

/** As xmr-stak speaks it: the number last, `rigid` and no `algo`. */
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

/** With ASICBoost: what both sides can do comes first (BIP 310). */
function versionRolling(random: Random): readonly Turn[] {
  const name = user(random);
  const rolling = { 'version-rolling.mask': '1fffe000', 'version-rolling.min-bit-count': 2 };
  const asked = ['version-rolling', 'minimum-difficulty'];
  return [
    client({ id: 1, method: 'mining.configure', params: [asked, rolling] }),
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

/** Zcash (ZIP 301): a target in place of a difficulty, the pool's address in the subscription. */
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

/** NiceHash: the pool may change a miner's part of the nonce. */
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

/** Cuckoo cycles in place of a hash; the pool's work is asked for. */
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

/** A request for work, behind a head of one's own. */
function getwork(head: Head, after = ''): readonly Turn[] {
  const json = { method: 'getwork', params: [], id: 0 };
  return [{ from: 'client', json, before: head, after }];
}

const POST = 'POST / HTTP/1.1\r\nHost: node.example:8332\r\nX-Mining-Extensions: midstate\r\n';

/** NOTE: the body's own length is unknown to whoever only sees the first chunk. */
const chunked: Head = (body) => {
  const bytes = body.lastIndexOf('}') + 1;
  return `${POST}Transfer-Encoding: chunked\r\n\r\n${bytes.toString(16)}\r\n`;
};

/** A head of about `bytes`, as with cookies and tokens. */
function long(bytes: number): Head {
  return (body) => {
    const cookie = `Cookie: session=${'c'.repeat(bytes - POST.length)}\r\n`;
    return `${POST}${cookie}Content-Length: ${body.length}\r\n\r\n`;
  };
}

export const MORE_GRAMMARS: Readonly<Record<string, Grammar>> = {
  'xmr-stak': (random) => xmrStak(random, `4${noise(94, random, ALPHANUMERIC)}`),
  'CryptoNote by user name': (random) => xmrStak(random, user(random)),
  'Stratum 1 with version rolling': versionRolling,
  'Stratum of Zcash': zcash,
  'Stratum of NiceHash': extranonce,
  'Cuckoo (Grin)': grin,
  'getwork, chunked': () => getwork(chunked, '\r\n0\r\n\r\n'),
  'getwork, a head of 900 octets': () => getwork(long(900)),
  'getwork, a head of 1500 octets': () => getwork(long(1500)),
};
