/** Protocols that are not JSON, or that carry JSON in their own framing. */
import { noise, type Random } from './json-style.ts';
import { client, type LookAlike, octets, server } from './ordinary-session.ts';
import { framesOf } from './websocket.ts';

const u16 = (value: number): string => String.fromCharCode((value >> 8) & 0xff, value & 0xff);
const u32 = (value: number): string => u16(value >>> 16) + u16(value);

/** Messages from a browser, with the server's replies. */
function inWebSocket(request: string, answer: string, random: Random) {
  return [
    client('GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n'),
    server('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
    client(framesOf(request, { isMasked: true }, random)),
    server(framesOf(answer, { isMasked: false }, random)),
  ];
}

/** A Kafka request: length, API key, client. */
function kafka(call: number, body: string): string {
  const all = `${u16(call)}${u16(9)}${u32(7)}${u16(5)}login${body}`;
  return u32(all.length) + all;
}

export const OTHER_PROTOCOLS: Readonly<Record<string, LookAlike>> = {
  Prometheus: () => [
    client('GET\n'),
    server('# TYPE pool_jobs gauge\npool_jobs{method="submit",target="x"} 1\n'),
  ],
  MQTT: (random) => [
    client(`\x10\x20\x00\x04MQTT\x04\x02\x00\x3c${octets(random, 20)}`),
    server('\x20\x02\x00\x00'),
  ],
  'HTTP 2': (random) => [
    client(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${octets(random, 40)}`),
    server(octets(random, 30)),
  ],
  SSH: (random) => [
    client('SSH-2.0-OpenSSH_9.2\r\n'),
    server('SSH-2.0-x\r\n'),
    client(octets(random, 200)),
  ],
  Redis: () => [client('*2\r\n$3\r\nGET\r\n$6\r\njob_id\r\n'), server('$5\r\nnonce\r\n')],
  NATS: () => [
    server('INFO {"server_id":"x","nonce":"y"}\r\n'),
    client('CONNECT {"user":"a","pass":"b"}\r\nPING\r\n'),
  ],
  SMTP: () => [
    server('220 x\r\n'),
    client('EHLO y\r\n'),
    client('DATA\r\n{"method":"login"}\r\n.\r\n'),
  ],
  'XML-RPC': () => [
    client('POST /RPC2 HTTP/1.1\r\n\r\n<methodCall><methodName>submit</methodName></methodCall>'),
  ],
  'chat over WebSocket': () => [
    server('\x81\x1f{"type":"job","text":"nonce it"}'),
    client('\x81\x85abcdAAAAA'),
  ],
  TLS: (random) => [
    client(`\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${octets(random, 500)}`),
    server(octets(random, 90)),
  ],
  'JSON-RPC over WebSocket': (random) =>
    inWebSocket(
      '{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newPendingTransactions"]}',
      `{"jsonrpc":"2.0","method":"eth_subscription","params":{"result":"0x${noise(64, random)}"}}`,
      random,
    ),
  'notebook over WebSocket': (random) =>
    inWebSocket(
      '{"header":{"msg_type":"execute_request"},"content":{"code":"pool.submit({\\"method\\":\\"login\\"})"}}',
      '{"header":{"msg_type":"status"},"content":{"target":"x","blob":"y"},"job_id":"7"}',
      random,
    ),
  Kafka: (random) => [
    client(kafka(0, `${u16(4)}jobs${u32(90)}{"job_id":"a","blob":"b","nonce":"c"}`)),
    server(u32(20) + octets(random, 20)),
  ],
  gRPC: (random) => [
    client(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x12\x04\0\0\0\0\0${octets(random, 18)}`),
    server(`\0\0\x06\x04\0\0\0\0\0${octets(random, 6)}`),
    client(`\0\0\x40\0\x01\0\0\0\x01\0\0\0\0\x3b\x0a\x08mining.x${octets(random, 49)}`),
  ],
  PostgreSQL: () => {
    const query = `select '{"method":"mining.subscribe","params":[]}'::json;`;
    return [
      client(`${u32(33)}\0\x03\0\0user\0login\0database\0jobs\0\0`),
      server(`R${u32(8)}${u32(0)}Z${u32(5)}I`),
      client(`Q${u32(5 + query.length)}${query}\0`),
      server(`D${u32(60)}\0\x01${u32(46)}{"method":"mining.subscribe","params":[]}`),
    ];
  },
  MySQL: () => {
    const query = '{"method":"login"} is no query, but is as long as one';
    const { length } = query;
    return [
      server(`\x4a\0\0\x0a8.0.36\0${u32(7)}nonce\0`),
      client(`${String.fromCharCode(length + 1)}\0\0\0\x03${query}`),
    ];
  },
  'memcached, binary': (random) => [
    client(`\x80\0\0\x06\0\0\0\0${u32(6)}${octets(random, 12)}job_id`),
    server(`\x81\0\0\0\x04\0\0\0${u32(30)}${octets(random, 12)}{"job_id":"a","blob":"b"}`),
  ],
  'Fluent Bit': (random) => [
    client(`\x93\xa4logs\xdb${u32(64)}\x92${u32(1)}\x81\xa3log\xd9\x30{"method":"job"}`),
    server(octets(random, 12)),
  ],
  'log lines over HTTP': (random) => {
    const line = `{"log":"{\\"method\\":\\"mining.notify\\"}","id":"${noise(8, random)}"}\n`;
    return [
      client(`POST /bulk HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n`),
      client(`${line.length.toString(16)}\r\n${line}\r\n`),
      client(`${line.length.toString(16)}\r\n${line}\r\n0\r\n\r\n`),
    ];
  },
  'table of values': () => [
    client('PUT /t.csv HTTP/1.1\r\n\r\n'),
    client(' 1,"method","login","params","nonce"\n 2,"job_id","blob","target","pass"\n'),
  ],
};
