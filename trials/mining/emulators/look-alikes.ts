/** Ordinary programs that use the words of miners or resemble them. */
import { type Json, noise, oneOf, type Random, write } from './json-style.ts';
import { client, type LookAlike, octets, server } from './ordinary-session.ts';
import { OTHER_PROTOCOLS } from './other-protocols.ts';

/** Requests and replies, one per line. */
function lines(...all: readonly (readonly [Json, Json])[]): LookAlike {
  return (random) => {
    const style = { isSpaced: random() < 0.3, isReordered: random() < 0.5 };
    return all.flatMap(([request, answer]) => [
      client(`${write(request, style, random)}\n`),
      server(`${write(answer, style, random)}\n`),
    ]);
  };
}

function rpc(...calls: readonly (readonly [string, Json, Json?])[]): LookAlike {
  return lines(
    ...calls.map(([method, params, result = null], i): [Json, Json] => [
      { jsonrpc: '2.0', id: i + 1, method, params },
      { jsonrpc: '2.0', id: i + 1, result },
    ]),
  );
}

/** The same as HTTP bodies, in the segment of the header or in the next one. */
function rpcOverHttp(...calls: readonly (readonly [string, Json])[]): LookAlike {
  return (random) =>
    calls.flatMap(([method, params], i) => {
      const body = write({ jsonrpc: '2.0', id: i, method, params }, {}, random);
      const head = `POST / HTTP/1.1\r\nHost: node:8545\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
      const request = random() < 0.5 ? [client(head + body)] : [client(head), client(body)];
      const result = `{"jsonrpc":"2.0","id":${i},"result":"0x${noise(64, random)}"}`;
      return [
        ...request,
        server(`HTTP/1.1 200 OK\r\nContent-Length: ${result.length}\r\n\r\n${result}`),
      ];
    });
}

/** Messages with a length prefix, as in the language server protocol. */
function framed(...messages: readonly Json[]): LookAlike {
  return (random) =>
    messages.map((message) => {
      const body = write(message, {}, random);
      return client(`Content-Length: ${body.length}\r\n\r\n${body}`);
    });
}

/** Quotations of miners' messages in documentation, rules and logs. */
const QUOTATIONS = [
  '{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"4A","pass":"x","agent":"XMRig/6","algo":["rx/0"]}}',
  '{"id": 1, "method": "mining.subscribe", "params": ["cgminer/3.7.2"]}',
  '{"method":"submit","params":{"id":"1","job_id":"2","nonce":"3","result":"4"}}',
  '{"method":"job","params":{"blob":"0e0e","job_id":"1","target":"b88d0600"}}',
  '{"worker":"eth1.0","params":["0x0","x"],"id":2,"method":"eth_submitLogin"}',
  'alert tcp any any -> any any (msg:"ET COINMINER"; content:"|22|method|22 3a 20 22|mining.authorize|22|"; content:"params"; sid:1;)',
];

/** Quoted text as a JSON string. */
const quoted = (random: Random): string =>
  [oneOf(QUOTATIONS, random), oneOf(QUOTATIONS, random)].join(oneOf(['\n', ' ', ''], random));

function quoting(make: (quotation: string, random: Random) => Json): LookAlike {
  return (random) =>
    Array.from({ length: 3 }, () => client(`${write(make(quoted(random), random), {}, random)}\n`));
}

function text(make: (random: Random) => string): LookAlike {
  return (random) => [client('GET\n'), server(make(random))];
}

const name = (random: Random): string => oneOf(['bob', 'alice@example.org', 'svc-web'], random);

export const LOOK_ALIKES: Readonly<Record<string, LookAlike>> = {
  Electrum: rpc(
    ['server.version', ['4.5', '1.4'], ['ElectrumX 1.16', '1.4']],
    ['blockchain.headers.subscribe', [], { hex: '00', height: 800_000 }],
    ['blockchain.scripthash.subscribe', ['00ff'], '11ee'],
    ['blockchain.transaction.broadcast', ['0100'], 'ff'],
  ),
  Kodi: rpc(['JSONRPC.Ping', {}, 'pong'], ['Player.GetItem', { playerid: 1 }, { item: {} }]),
  'Zabbix, API': rpcOverHttp(
    ['user.login', { username: 'Admin', password: 'zabbix' }],
    ['host.get', { output: ['hostid'] }],
  ),
  'Zabbix, agent': (random) => [
    client(`ZBXD\x01${octets(random, 8)}{"request":"active checks","host":"web-1"}`),
    server(`ZBXD\x01${octets(random, 8)}{"response":"success","data":[{"key":"a","nonce":"b"}]}`),
  ],
  'language server': framed(
    { jsonrpc: '2.0', id: 1, method: 'initialize', params: { processId: 7, capabilities: {} } },
    { jsonrpc: '2.0', method: 'textDocument/didOpen', params: { textDocument: { uri: 'a' } } },
  ),
  MCP: rpc(
    ['initialize', { protocolVersion: '2025-06-18', clientInfo: { name: 'x', version: '1' } }],
    ['tools/call', { name: 'submit', arguments: { job_id: 'a', nonce: '1', target: 'prod' } }],
  ),
  'Ethereum node': rpcOverHttp(
    ['eth_blockNumber', []],
    ['eth_getBlockByNumber', ['latest', false]],
    ['eth_subscribe', ['newHeads']],
    ['engine_newPayloadV3', [{ blockHash: '0x1' }]],
    ['miner_start', [1]],
  ),
  'Ethereum node, raw': rpc(
    ['eth_syncing', []],
    ['eth_getLogs', [{ address: '0x1' }]],
    ['net_version', []],
  ),
  'Bitcoin node': rpcOverHttp(
    ['getblockchaininfo', []],
    ['getblockcount', []],
    ['getblockhash', [1]],
    ['getmininginfo', []],
    ['submitblock', ['00']],
    ['getblockheader', ['00']],
  ),
  'Monero wallet': rpcOverHttp(
    ['get_balance', { account_index: 0 }],
    ['get_info', {}],
    ['transfer', {}],
  ),
  'Solana node': rpcOverHttp(['getLatestBlockhash', []], ['sendTransaction', ['AA']]),
  'Substrate node': rpc(['author_submitExtrinsic', ['0x00']], ['chain_subscribeNewHeads', []]),
  'Lightning node': rpc(['getinfo', {}], ['pay', { bolt11: 'lnbc1' }], ['invoice', { label: 'x' }]),
  'chat login': (random) =>
    rpc([
      'login',
      { login: name(random), pass: noise(12, random), agent: 'Mozilla/5.0' },
      { id: 'a' },
    ])(random),
  'game login': (random) =>
    lines([
      { method: 'login', params: { login: name(random), pass: 'x', agent: 'game/1', rigid: '' } },
      { id: 1, result: { status: 'OK', job: 'guard', id: 'x' } },
    ])(random),
  'job queue': (random) =>
    rpc(
      [
        'submit',
        { job_id: noise(8, random), params: { target: 'x' }, result: null },
        { job_id: 'a' },
      ],
      ['job', { job_id: noise(8, random), target: 'render', height: 1080 }, 'OK'],
      ['keepalive', { id: 'x' }],
      ['subscribe', ['jobs']],
    )(random),
  'data mining': rpc(
    ['mining.start', { dataset: 'sales' }],
    ['mining.status', { job_id: 'x' }],
    ['mining.result', { job_id: 'x', target: 'y' }],
  ),
  'object store': lines(
    [{ put: { blob: 'AAAA', target: 's3://x', etag: '1' } }, { ok: true }],
    [{ get: { job_id: 1, blob: 'x' } }, { blob: 'AAAA', nonce: 'n' }],
  ),
  'jobs on a blob store': (random) =>
    rpc([
      'start',
      { job_id: noise(8, random), blob: `container/${noise(90, random)}`, target: 'prod' },
      { job_id: 'a', blob: noise(64, random), target: 'x' },
    ])(random),
  'encrypted messages': lines([{ nonce: 'AAAA', blob: 'BBBB', algo: 'xchacha20' }, { ok: true }]),
  'logs about miners': quoting((quotation) => ({
    ts: 1,
    level: 'warn',
    msg: quotation,
    job_id: 'x',
  })),
  'intrusion detection rules': quoting((rule) => ({ _index: 'rules', _source: { rule } })),
  'documentation as JSON': quoting((example) => ({
    method: 'docs.get',
    params: { example },
    id: 1,
  })),
  'documentation as HTML': text(
    (random) => `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<pre>${quoted(random)}</pre>`,
  ),
  'SQL rows with rules': text(
    (random) =>
      `${octets(random, 3)}\x00T\x00\x00\x00\x01rule\x00${quoted(random)}\x00D${quoted(random)}`,
  ),
  'rule file': text((random) => `# rules\n${quoted(random)}\n${quoted(random)}`),
  'log lines': quoting((quotation, random) => ({ log: `${noise(200, random)} ${quotation}` })),
  'API response': text(
    (random) =>
      `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"items":[{"id":1,"target":"main","node_id":"${noise(20, random)}"}]}`,
  ),
  'random bytes': (random) => [client(octets(random, 300)), server(octets(random, 300))],
  'random bytes in braces': (random) => [
    client(`{"method":"${octets(random, 300)}`),
    server(`{${octets(random, 60)}`),
  ],
  ...OTHER_PROTOCOLS,
  etcd: rpcOverHttp(['range', { key: 'am9i' }], ['watch', { target: 'x' }]),
  'CI agent': lines(
    [
      { method: 'register', params: { login: 'runner', token: 'x' } },
      { job_id: 1, target: 'linux' },
    ],
    [{ method: 'submit', params: { job_id: 1, result: 'success', nonce_count: 1 } }, { ok: true }],
  ),
};
