/**
 * Messages of miners and pools, with random bytes in place of computed values. Nothing here mines.
 */
import { type Json, noise, oneOf, type Random } from './json-style.ts';
import { MORE_GRAMMARS } from './more-grammars.ts';
import { throughConnect, throughSocks, throughWebSocket } from './through.ts';

/** One message of one side, as JSON or as raw bytes. */
export interface Turn {
  readonly from: 'client' | 'server';
  readonly json?: Json;
  /** Bytes before the JSON: an HTTP header, a frame, or the whole message. */
  readonly before?: (body: string) => string;
  /** Bytes after the JSON. */
  readonly after?: string;
  /** Turns the message into the bytes that are sent. */
  readonly around?: (message: string) => string;
}

export type Grammar = (random: Random) => readonly Turn[];

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const ALGORITHMS = ['rx/0', 'cn/r', 'cn-heavy/xhv', 'argon2/chukwa', 'kawpow', 'ghostrider'];

const wallet = (random: Random) =>
  oneOf(
    [
      () => `4${noise(94, random, BASE58)}`,
      () => `4${noise(105, random, BASE58)}`,
      () => `8${noise(94, random, BASE58)}.rig${noise(2, random)}+${noise(5, random, '123456789')}`,
    ],
    random,
  )();

const line = { after: '\n' } as const;

function message(from: Turn['from'], json: Json): Turn {
  return { from, json, ...line };
}

function job(random: Random): Json {
  return {
    blob: noise(152, random),
    job_id: noise(16, random),
    target: noise(8, random),
    height: Math.floor(random() * 3e6),
    seed_hash: noise(64, random),
    algo: 'rx/0',
  };
}

/** As xmrig sends it; `isBare` leaves out optional fields. */
function cryptonote(random: Random, isBare: boolean): readonly Turn[] {
  const head = isBare ? {} : { jsonrpc: '2.0' };
  const session = noise(16, random);
  const login = { login: wallet(random), pass: oneOf(['x', 'rig1', '', 'a@b.example'], random) };
  const agent = { agent: `XMRig/6.${noise(2, random, '12')}.0 (Linux x86_64) libuv/1.44.2 gcc/11` };
  return [
    message('client', {
      id: 1,
      ...head,
      method: 'login',
      params: isBare ? login : { ...login, ...agent, algo: ALGORITHMS },
    }),
    message('server', {
      id: 1,
      ...head,
      error: null,
      result: { id: session, job: job(random), status: 'OK' },
    }),
    message('client', {
      id: 2,
      ...head,
      method: 'submit',
      params: {
        id: session,
        job_id: noise(16, random),
        nonce: noise(8, random),
        result: noise(64, random),
      },
    }),
    message('server', { id: 2, ...head, error: null, result: { status: 'OK' } }),
    message('server', { ...head, method: 'job', params: job(random) }),
    message('client', { id: 3, ...head, method: 'keepalived', params: { id: session } }),
    message('server', { id: 3, ...head, error: null, result: { status: 'KEEPALIVED' } }),
  ];
}

/** Bitcoin and related currencies. The last turns follow when a share is found. */
function stratum(random: Random, hello: readonly Json[]): readonly Turn[] {
  const worker = `${noise(34, random, BASE58)}.${oneOf(['w1', 'rig', '001'], random)}`;
  return [
    message('client', { id: 1, method: 'mining.subscribe', params: hello }),
    message('server', {
      id: 1,
      result: [[['mining.set_difficulty', noise(8, random)]], noise(8, random), 4],
      error: null,
    }),
    message('client', { id: 2, method: 'mining.authorize', params: [worker, 'x'] }),
    message('server', { id: 2, result: true, error: null }),
    message('server', { id: null, method: 'mining.set_difficulty', params: [8192] }),
    message('server', {
      id: null,
      method: 'mining.notify',
      params: [noise(8, random), noise(64, random), noise(108, random), [], '20000000', true],
    }),
    message('client', {
      id: 4,
      method: 'mining.submit',
      params: [worker, noise(8, random), noise(8, random), noise(8, random), noise(8, random)],
    }),
    message('server', { id: 4, result: true, error: null }),
  ];
}

function ethereumStratum2(random: Random): readonly Turn[] {
  const call = (id: number, method: string, params?: Json): Turn =>
    message('client', { id, method, ...(params !== undefined && { params }) });
  return [
    call(0, 'mining.hello', {
      agent: 'x',
      host: 'pool.example',
      port: '4d2',
      proto: 'EthereumStratum/2.0.0',
    }),
    message('server', { id: 0, result: { proto: 'EthereumStratum/2.0.0', encoding: 'plain' } }),
    call(1, 'mining.subscribe', []),
    call(2, 'mining.authorize', [`0x${noise(40, random)}.w`, 'x']),
    message('server', { method: 'mining.set', params: { epoch: 'dc', target: noise(64, random) } }),
    message('server', {
      method: 'mining.notify',
      params: [noise(4, random), noise(4, random), '0'],
    }),
    call(50, 'mining.noop'),
    call(16, 'mining.hashrate', ['500000', 'w-123']),
  ];
}

function ethproxy(random: Random): readonly Turn[] {
  const call = (id: number, method: string, params: Json): Turn =>
    message('client', { worker: 'eth1.0', jsonrpc: '2.0', params, id, method });
  return [
    call(2, 'eth_submitLogin', [`0x${noise(40, random)}`, 'x']),
    message('server', { id: 2, jsonrpc: '2.0', result: true }),
    call(3, 'eth_getWork', []),
    message('server', { id: 0, jsonrpc: '2.0', result: Array(3).fill(`0x${noise(64, random)}`) }),
    call(6, 'eth_submitHashrate', [`0x${noise(8, random)}`, `0x${noise(64, random)}`]),
    call(4, 'eth_submitWork', [`0x${noise(16, random)}`, `0x${noise(64, random)}`]),
  ];
}

/** An HTTP request with a body, with the header in its own turn or not. */
function post(json: Json, path: string, headers: readonly string[], isApart: boolean): Turn[] {
  const head = (body: string) =>
    [
      `POST ${path} HTTP/1.1`,
      'Host: node.example:8332',
      ...headers,
      'Content-Type: application/json',
      `Content-Length: ${isApart ? 120 : body.length}`,
      '',
      '',
    ].join('\r\n');
  if (!isApart) return [{ from: 'client', json, before: head }];
  return [
    { from: 'client', before: head },
    { from: 'client', json },
  ];
}

function answer(json: Json): Turn {
  const head = (body: string) =>
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  return { from: 'server', json, before: head };
}

function http(
  random: Random,
  method: string,
  params: Json,
  headers: readonly string[],
): readonly Turn[] {
  const request = { method, params, id: 0 };
  const isApart = random() < 0.5;
  const all = ['Authorization: Basic dTpw', 'User-Agent: cpuminer/2.5.1', ...headers];
  return [
    ...post(request, '/', all, isApart),
    answer({ result: { data: noise(256, random), target: noise(64, random) }, error: null, id: 0 }),
  ];
}

function solo(random: Random): readonly Turn[] {
  const params = { wallet_address: wallet(random), extra_nonce: noise(8, random) };
  const request = { jsonrpc: '2.0', id: 1, method: 'getblocktemplate', params };
  const head = ['Accept: application/json', 'User-Agent: XMRig/6.21.0'];
  return [
    { from: 'client', before: () => 'GET /getheight HTTP/1.1\r\nHost: node.example\r\n\r\n' },
    answer({ height: 3_000_000, hash: noise(64, random), status: 'OK' }),
    ...post(request, '/json_rpc', head, random() < 0.5),
    answer({ id: 1, result: { blocktemplate_blob: noise(400, random), difficulty: 3e11 } }),
  ];
}

/** By name in the result tables. */
export const GRAMMARS: Readonly<Record<string, Grammar>> = {
  CryptoNote: (random) => cryptonote(random, false),
  'CryptoNote, minimal': (random) => cryptonote(random, true),
  'Stratum 1': (random) => stratum(random, [oneOf(['cgminer/3.7.2', 'bfgminer/5', 'x'], random)]),
  'EthereumStratum 1': (random) => stratum(random, ['x/1', 'EthereumStratum/1.0.0']),
  'EthereumStratum 2': ethereumStratum2,
  ETHPROXY: ethproxy,
  getwork: (random) => http(random, 'getwork', [], ['X-Mining-Extensions: midstate']),
  getblocktemplate: (random) =>
    http(random, 'getblocktemplate', [{ rules: ['segwit'] }], ['X-Mining-Extensions: longpoll']),
  'xmrig solo': solo,
  'CryptoNote over SOCKS': (random) => throughSocks(cryptonote(random, false)),
  'Stratum 1 over CONNECT': (random) => throughConnect(stratum(random, ['x'])),
  'CryptoNote over WebSocket': (random) => throughWebSocket(cryptonote(random, false), {}, random),
  'Stratum 1 in many WebSocket frames': (random) =>
    throughWebSocket(stratum(random, ['x']), { isBinary: true, pieces: 3 }, random),
  ...MORE_GRAMMARS,
};

/** Requests that miners and other clients of a node send. */
export const NODE_GRAMMARS: Readonly<Record<string, Grammar>> = {
  'getwork without a miner’s header': (random) => http(random, 'getwork', [], []),
  eth_getWork: (random) => http(random, 'eth_getWork', [], []),
  'getblocktemplate of a node': (random) =>
    http(random, 'getblocktemplate', [{ rules: ['segwit'] }], []),
};
