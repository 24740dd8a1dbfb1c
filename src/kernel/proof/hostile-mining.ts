import { type Below, belowFrom } from '../../core/seeded-random.ts';
import { type HostilePacket, hostile, MAX_PAYLOAD_BYTES } from './hostile-packets.ts';
import { ip, type Octets, octets, TCP, tcp, u16 } from './ip-headers.ts';

/** Messages of miners, of pools and of proxy clients, which the programs parse furthest. */
const MESSAGES = [
  '{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"4AAAA","pass":"x","algo":["rx/0"]}}\n',
  '{"id":2,"method":"submit","params":{"id":"a","job_id":"b","nonce":"c","result":"d"}}\n',
  '{"method":"job","params":{"blob":"0e","job_id":"1","target":"ff","seed_hash":"0"}}\n',
  '{"m\\u0065thod" : "mining.\\u0073ubscribe", "params": [], "id": null}\n',
  '{"worker":"eth1.0","params":["0x0"],"id":2,"method":"eth_submitLogin"}\n',
  'POST / HTTP/1.1\r\nX-Mining-Extensions: midstate\r\n\r\n{"method":"getwork","params":[],"id":0}',
  'CONNECT pool.example.org:3333 HTTP/1.1\r\nHost: pool.example.org\r\n\r\n',
  'POST / HTTP/1.1\r\nX-Mining-Extensions: x\r\n\r\n1C\r\n{"id":0,"params":[],"method":"\r\n9\r\ngetwork"}\r\n0\r\n\r\n',
  '\x81\x7e\x00\x30{"method":"mining.notify","params":[],"id":null}   ',
  '\x82\xb1\x00\x00\x00\x00{"method":"mining.authorize","params":[],"id":null}',
  '\x01\x10{"method":"minin\x89\x02zz\x80\x1fg.notify","params":[],"id":null}',
  '\x05\x01\x00\x03\x10pool.example.org\x0d\x05',
].map((message) => [...Buffer.from(message, 'latin1')]);

/** A ClientHello; its last extension is the server name. */
const HELLO: Octets = [
  ...[0x16, 3, 1, 0, 90, 1, 0, 0, 86, 3, 3, ...Array<number>(32).fill(7), 0, 0, 2, 0x13, 1, 1, 0],
  ...[...u16(43), 0, 10, 0, 4, 0, 29, 0, 23, 0, 43, 0, 3, 2, 3, 4],
  ...[...u16(0), 0, 19, 0, 17, 0, 0, 14, ...Buffer.from('pool.example.x', 'latin1')],
];

/** Malformed mining messages over TCP: truncated, repeated, nested or joined. */
export function* hostileMiningPackets(seed: number, count: number): Generator<HostilePacket> {
  const below = belowFrom(seed);
  for (let i = 0; i < count; i++) {
    const payload = malformed(below).slice(0, MAX_PAYLOAD_BYTES);
    const headers = [...ip(below, TCP), ...tcp(below, octets(below, 4))];
    const bytes = Uint8Array.from([...headers, ...payload]);
    yield hostile(bytes, below, { cutOneIn: 8, superOneIn: 8 });
  }
}

function message(below: Below): Octets {
  return below(8) === 0 ? HELLO : (MESSAGES[below(MESSAGES.length)] ?? []);
}

const FAULTS: readonly ((octets: number[], below: Below) => number[])[] = [
  (whole) => whole,
  (whole, below) => whole.slice(0, below(whole.length)),
  (whole, below) => whole.slice(below(whole.length)),
  (whole, below) => [...whole.slice(0, below(whole.length)), ...message(below)],
  (whole, below) =>
    Array<number[]>(1 + below(40))
      .fill(whole)
      .flat(),
  (whole, below) => [...Array<number>(below(300)).fill(0x7b), ...whole],
  (whole, below) => [
    ...whole.slice(0, 9),
    ...Array<number>(below(2000)).fill(0x5c),
    ...whole.slice(9),
  ],
  (whole, below) => [...whole.slice(0, 12), ...octets(below, below(600)), ...whole.slice(12)],
];

function malformed(below: Below): number[] {
  const fault = FAULTS[below(FAULTS.length)];
  const result = fault?.([...message(below)], below) ?? [];
  for (let flips = below(5); flips > 0 && result.length > 0; flips--)
    result[below(result.length)] = below(256);
  return result;
}
