import { readFileSync, renameSync } from 'node:fs';
import { hashSync } from 'bcryptjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { attack, served, throughout } from '../../lab/network/hostile-crowd.ts';
import { type FetchOptions, fetchHttp } from '../../lab/network/http-client.ts';
import { cpuSeconds, memoryBytes, until } from '../../lab/process/process.ts';
import { type Daemon, replayDaemon, runVigia } from '../../lab/scene/daemon.ts';
import { type WrittenTape, writeTape } from '../../lab/scene/written-tape.ts';
import { Certificates } from '../../src/api/http/certificates.fixture.ts';

const MIB = 1024 ** 2;
const ALICE = { authorization: `Basic ${Buffer.from('alice:secret').toString('base64')}` };

let tape: WrittenTape;
let files: Certificates;
let ca: string;
let daemon: Daemon | undefined;

beforeAll(async () => {
  tape = await writeTape(250);
  files = new Certificates();
  ca = readFileSync(files.path(files.ca.cert), 'utf8');
  files.issue('server', ['IP:127.0.0.1']);
});

afterEach(async () => {
  await daemon?.[Symbol.asyncDispose]();
  daemon = undefined;
});

afterAll(async () => {
  files[Symbol.dispose]();
  await tape[Symbol.asyncDispose]();
});

const TLS = 'tls_server_config: { cert_file: server.crt, key_file: server.key }\n';
const USERS = `basic_auth_users: { alice: "${hashSync('secret', 10)}" }\n`;

function config(text: string): string {
  return files.write('web.yaml', text);
}

async function start(text: string, more: readonly string[] = []): Promise<Daemon> {
  daemon = await replayDaemon(tape.directory, [`--web-config-file=${config(text)}`, ...more]);
  return daemon;
}

async function statusOf(path: string, fetchOptions: FetchOptions = {}): Promise<number> {
  return (await fetchHttp(daemon?.url ?? '', path, { ca, ...fetchOptions })).status;
}

describe('with users in the web configuration', () => {
  test('metrics and the page need a password, health does not, over verified TLS', async () => {
    const { url } = await start(TLS + USERS);
    expect(url).toMatch(/^https:/);
    for (const path of ['/metrics', '/', '/nothing', '//healthz']) {
      expect(await statusOf(path)).toBe(401);
      expect(await statusOf(path, { headers: { authorization: 'Basic YWxpY2U6eA==' } })).toBe(401);
    }
    expect(await statusOf('/metrics', { headers: ALICE })).toBe(200);
    expect(await statusOf('/', { headers: ALICE })).toBe(200);
    expect([await statusOf('/healthz'), await statusOf('/readyz')]).toEqual([200, 200]);
  });

  test('a changed password takes effect soon, and an invalid file changes nothing', async () => {
    await start(USERS);
    expect(await statusOf('/metrics', { headers: ALICE })).toBe(200);
    config('basic_auth_users: { alice: secret }\n');
    await until('the warning', () =>
      daemon
        ?.log()
        .some(
          ({ level, msg }) =>
            level === 'warn' && msg.includes('keeping the previous web configuration'),
        ),
    );
    expect([await statusOf('/metrics'), await statusOf('/metrics', { headers: ALICE })]).toEqual([
      401, 200,
    ]);
    files.write('next.yaml', `basic_auth_users: { bob: "${hashSync('other', 4)}" }\n`);
    renameSync(files.path('next.yaml'), files.path('web.yaml'));
    await until(
      'alice to be refused',
      async () => (await statusOf('/metrics', { headers: ALICE })) === 401,
    );
    const bob = { authorization: `Basic ${Buffer.from('bob:other').toString('base64')}` };
    expect(await statusOf('/metrics', { headers: bob })).toBe(200);
  });

  test('password guessing uses only part of a CPU, and locks out no client', async () => {
    const { url, pid } = await start(USERS);
    expect(await statusOf('/metrics', { headers: ALICE })).toBe(200);
    const how = { kind: 'guesses', connections: 60, addresses: 60, isStubborn: true } as const;
    await using crowd = await attack(url, how);
    const [before, beganMs] = [cpuSeconds(pid), performance.now()];
    await throughout(2500, async () => {
      expect(await served(url, '/metrics', { times: 2, headers: ALICE })).toBe('2 of 2');
      expect(await served(url, '/healthz', { times: 2 })).toBe('2 of 2');
    });
    const share = (cpuSeconds(pid) - before) / ((performance.now() - beganMs) / 1000);
    // A fifth for the comparisons, plus about 10,000 initial requests of 60 addresses.
    expect(share).toBeLessThan(0.8);
    const { answers } = await crowd.outcome();
    expect(answers['200']).toBeUndefined();
    expect(answers['429']).toBeGreaterThan(0);
  });
});

describe('over TLS', () => {
  test('a changed certificate is used soon', async () => {
    await start(TLS);
    const before = readFileSync(files.path('server.crt'), 'utf8');
    expect(await statusOf('/metrics')).toBe(200);
    files.issue('server', ['IP:127.0.0.1'], true);
    const itself = readFileSync(files.path('server.crt'), 'utf8');
    await until(
      'the new certificate',
      async () => (await statusOf('/metrics', { ca: itself })) === 200,
    );
    expect(await statusOf('/metrics', { ca: before })).toBe(0);
    files.issue('server', ['IP:127.0.0.1']);
  });

  test.each([
    ['a handshake without end', 200, 1],
    ['a handshake without end', 400, 300],
    ['idle after one answer', 60, 60],
    ['never reads', 60, 60],
  ] as const)(
    '%s, %i connections of %i addresses: others are served, and memory stays flat',
    async (kind, connections, addresses) => {
      const { url, pid } = await start(TLS);
      const before = memoryBytes(pid);
      const how = { kind, connections, addresses, octets: 41e6, isStubborn: true };
      await using _crowd = await attack(url, how);
      await throughout(1000, async () => {
        expect(await served(url, '/healthz', { times: 4 })).toBe('4 of 4');
        expect(await served(url, '/metrics', { times: 4 })).toBe('4 of 4');
      });
      // 400 handshakes level out at 60 MiB within 15 s. The chart's limit leaves 160 beside an idle
      // daemon.
      expect(memoryBytes(pid, 'VmHWM') - before).toBeLessThan(96 * MIB);
    },
  );
});

describe('a browser under a foreign host name', () => {
  test('gets no page, while the node’s names and allowed ones do', async () => {
    await start('{}', ['--node-name=node-1.example.net', '--allowed-hosts=*.nodes.example.com']);
    const of = (host: string, path = '/') => statusOf(path, { headers: { host } });
    expect(await of('evil.example:9770')).toBe(421);
    expect(await of('evil.example:9770', '/metrics')).toBe(200);
    expect(await of('evil.example:9770', '/healthz')).toBe(200);
    for (const host of ['node-1.example.net', 'x.nodes.example.com:9770', '127.0.0.1', 'localhost'])
      expect(await of(host)).toBe(200);
  });
});

test('an invalid web configuration stops the daemon from starting, with all problems reported', async () => {
  const path = config('tls_server_config: { cert_file: nowhere }\nusers: {}\n');
  const { code, stderr } = await runVigia([
    ...['run', `--replay=${tape.directory}`, '--listen=127.0.0.1:0'],
    ...[`--socket=${tape.directory}/vigia.sock`, `--web-config-file=${path}`],
  ]);
  expect(code).toBe(1);
  expect(stderr.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^vigia: .*tls_server_config.cert_file: cannot read .*: no such file$/),
    expect.stringMatching(/^vigia: .*tls_server_config.key_file: missing$/),
    expect.stringMatching(/^vigia: .*: users: no such key; the keys are tls_server_config, /),
  ]);
});
