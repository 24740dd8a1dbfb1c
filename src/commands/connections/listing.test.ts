import { expect, test } from 'vitest';
import { flow, flowSnapshot, flows, identified } from '../../api/grpc/flows.fixture.ts';
import type { FlowSnapshot } from '../../api/grpc/view.ts';
import type { Options } from '../../config/config.ts';
import { listing } from './listing.ts';

type ListOptions = Pick<Options, 'listOutput' | 'watch'>;
type Size = { readonly rows: number; readonly columns: number };

/** What is written when the snapshots are shown one after the other; notes in angle brackets. */
function shown(
  options: Partial<ListOptions>,
  snapshots: readonly FlowSnapshot[] = [flowSnapshot],
  size?: Size,
): string {
  const written: string[] = [];
  const show = listing(
    { listOutput: 'table', watch: false, ...options },
    {
      write: (text) => written.push(text),
      note: (text) => written.push(`<${text}>`),
      size: () => size,
    },
  );
  for (const snapshot of snapshots) show(snapshot);
  return written.join('');
}

const empty: FlowSnapshot = { ...flowSnapshot, flows: [] };
const small: FlowSnapshot = { ...flowSnapshot, flows: flows.slice(0, 1) };

const SMALL_TABLE = `\
NAMESPACE   POD     CONTAINER   DIR   PROTO   PEER        PORT   OPEN   SENT     RECEIVED   RETRANS   RTT
shop        web-0   app         out   tcp     10.96.4.7   5432   4      1.5KiB   5.0MiB     3         412µs
`;

test('the table has the busiest first', () => {
  expect(shown({})).toBe(`\
NAMESPACE   POD          CONTAINER   DIR   PROTO   PEER               PORT   OPEN   SENT     RECEIVED   RETRANS   RTT
edge        proxy-7d9f   envoy       in    tcp     edge/probe-1       443    120    8.0PiB   115GiB     70112     83.2ms
shop        web-0        app         out   tcp     10.96.4.7          5432   4      1.5KiB   5.0MiB     3         412µs
shop        crawler-1    app         –     –       other peers        –      31     900B     40B        1         1.25s
shop        web-0        –           out   tcp     mail.example.com   25     0      0B       0B         35        –
`);
});

test('the wide table has more columns to the right', () => {
  expect(shown({ listOutput: 'wide' })).toBe(`\
NAMESPACE   POD          CONTAINER   DIR   PROTO   PEER               PORT   OPEN   SENT     RECEIVED   RETRANS   RTT      CLASS      PEER-ADDRESS   REACHED               LOCAL-ADDRESS   ESTABLISHED   FAILED   CONNECT   MIN-RTT   AGE    LAST
edge        proxy-7d9f   envoy       in    tcp     edge/probe-1       443    120    8.0PiB   115GiB     70112     83.2ms   node       2001:db8::17   –                     2001:db8::2     48211         0        –         12.1ms    3d4h   2s
shop        web-0        app         out   tcp     10.96.4.7          5432   4      1.5KiB   5.0MiB     3         412µs    private    10.96.4.7      –                     10.0.3.9        11            1        1.5ms     97µs      3d4h   2s
shop        crawler-1    app         –     –       other peers        –      31     900B     40B        1         1.25s    –          –              –                     –               8200          800      –         –         0s     0s
shop        web-0        –           out   tcp     mail.example.com   25     0      0B       0B         35        –        internet   192.0.2.9      [2001:db8::25]:2525   10.0.3.9        0             7        –         –         2m5s   1m5s
`);
});

test('a peer of the cluster goes by what it is, and what was reached is told beside it', () => {
  const snapshots = [{ ...flowSnapshot, flows: identified }];
  const peers = ['svc/shop/db', 'edge/proxy-1', 'node/n2', 'apiserver'];
  const table = shown({}, snapshots);
  for (const peer of peers) expect(table).toMatch(new RegExp(` ${peer} +5432 `));
  expect(shown({ listOutput: 'wide' }, snapshots)).toMatch(/ zone +10\.96\.4\.7 +shop\/db-0:5433 /);
  const [first] = JSON.parse(shown({ listOutput: 'json' }, snapshots));
  expect(first).toMatchObject({ reachedIdentity: { kind: 'pod', workload: 'db' } });
});

test('datagrams have no connections, and where there is a port it is shown', () => {
  const none = { openNow: 0, retransmits: 0, rttSeconds: undefined };
  const udp = flow({ ...none, protocol: 'udp', port: 53, peerName: 'dns.example' });
  const ping = flow({ ...none, protocol: 'other', port: 0, sent: { bytes: 0, segments: 1 } });
  const lines = shown({}, [{ ...flowSnapshot, flows: [udp, ping] }]).split('\n');
  expect(lines.slice(1, 3).map((line) => line.split(/ +/).slice(3).join(' '))).toEqual([
    'out udp dns.example 53 – 1.5KiB 5.0MiB – –',
    'out other 10.96.4.7 – – 0B 5.0MiB – –',
  ]);
});

test('flows of equal weight are in the order of their names', () => {
  const ports = [443, 80].map((port) => flow({ port }));
  const named = [flow({ pod: 'b' }), flow({ namespace: 'a' }), ...ports];
  const lines = shown({}, [{ ...flowSnapshot, flows: named }]).split('\n');
  expect(lines.slice(1, -1).map((line) => line.split(/ +/).slice(0, 7).join(' '))).toEqual([
    'a web-0 app out tcp 10.96.4.7 5432',
    'shop b app out tcp 10.96.4.7 5432',
    'shop web-0 app out tcp 10.96.4.7 80',
    'shop web-0 app out tcp 10.96.4.7 443',
  ]);
});

test('without flows a note for people says so', () => {
  expect(shown({}, [empty])).toBe('<No connections.\n>');
  expect(shown({ listOutput: 'json' }, [empty])).toBe('[]\n');
});

test('names that would command the terminal are shown, not obeyed', () => {
  const hostile = flow({
    namespace: '\u001b]0;owned\u0007',
    pod: 'p\nshop   web-1',
    container: `${'c'.repeat(100)}\u001b[2J`,
    peerAddress: '\u202e1.0.0.127',
  });
  expect(shown({}, [{ ...flowSnapshot, flows: [hostile] }]).split('\n')[1]).toBe(
    `\\x1b]0;owned\\x07   p\\x0ashop   web-1   ${'c'.repeat(63)}…   out   tcp     ` +
      '\\u{202e}1.0.0.127   5432   4      1.5KiB   5.0MiB     3         412µs',
  );
  expect(shown({ listOutput: 'json' }, [{ ...flowSnapshot, flows: [hostile] }])).toContain(
    '{"namespace":"\\u001b]0;owned\\u0007","pod":"p\\nshop   web-1",',
  );
});

test('JSON has every figure in full, a flow a line, and leaves out what was not measured', () => {
  const [, , failing, other] = flows;
  const text = shown({ listOutput: 'json' });
  expect(text.split('\n')[2]).toBe(
    '  {"namespace":"shop","pod":"web-0","container":"app","direction":"outbound",' +
      '"protocol":"tcp","peerAddress":"10.96.4.7","localAddress":"10.0.3.9","reachedAddress":"","reachedPort":0,"peerClass":"private","port":5432,' +
      '"openNow":4,"attempts":12,' +
      '"established":11,"failures":1,"sent":{"bytes":1536,"segments":20},' +
      '"received":{"bytes":5242880,"segments":4000},"retransmits":3,"rttSeconds":0.000412,' +
      '"minRttSeconds":0.000097,"connectSeconds":0.0015,"firstSeenSeconds":1766952000,' +
      '"lastSeenSeconds":1767225598},',
  );
  expect(JSON.parse(text)).toEqual([flows[1], flows[0], other, failing]);
  expect(Object.keys(JSON.parse(text)[3])).not.toContain('rttSeconds');
});

test('watched through a pipe, tables follow each other with an empty line between', () => {
  expect(shown({ watch: true }, [small, empty, small])).toBe(
    `${SMALL_TABLE}<No connections.\n>\n${SMALL_TABLE}`,
  );
});

test('watched as JSON, each document is one line', () => {
  const lines = shown({ listOutput: 'json', watch: true }, [flowSnapshot, empty, small]).split(
    '\n',
  );
  expect(lines.map((line) => line && JSON.parse(line).length)).toEqual([4, 0, 1, '']);
});

test('watched on a terminal, the screen is cleared, and only what fits on it is shown', () => {
  const clear = '\u001b[H\u001b[2J';
  const size = { rows: 5, columns: 20 };
  expect(shown({ watch: true }, [small, flowSnapshot], size)).toBe(
    `${clear}NAMESPACE   POD
shop        web-0
${clear}NAMESPACE   POD
edge        proxy-7d
shop        web-0
… and 2 more
`,
  );
  expect(shown({ watch: true }, [flowSnapshot], { rows: 6, columns: 20 })).not.toContain('more');
  expect(shown({}, [flowSnapshot], size)).not.toContain(clear);
});
