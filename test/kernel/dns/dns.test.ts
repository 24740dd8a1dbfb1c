import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolve, resolveByLibrary, startServer } from '../../../lab/network/dns.ts';
import { ownTemporaryDirectory } from '../../../lab/process/temporary.ts';
import { FAMILIES, openStage, type Stage } from '../../../lab/scene/stage.ts';
import { parseAnswer } from '../../../src/core/dns/message.ts';

const NONE = [0, 0, 0, 0];
const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const;

let stage: Stage;
let serverCgroup: string;
const servers = new AsyncDisposableStack();
beforeAll(async () => {
  stage = await openStage();
  const { west, east } = stage.network;
  serverCgroup = stage.scene.makeCgroup('server');
  const addresses = FAMILIES.map((family) => east.addresses[family]);
  const itself = `--host-record=east.test,${addresses.join()}`;
  const any = '--address=/wild.test/192.0.2.90';
  servers.use(await startServer(serverCgroup, east, addresses, itself, any));
  servers.use(await startServer(serverCgroup, west, Object.values(LOOPBACK)));
});
afterAll(async () => {
  await servers.disposeAsync();
  await stage?.[Symbol.asyncDispose]();
});

let clients = 0;
const client = () => stage.scene.makeCgroup(`client-${clients++}`);
const outcomesOf = (cgroup: string) => stage.scene.usageOf(cgroup).dns.queries;
const answersOf = (cgroup: string) =>
  stage.scene
    .answersOf(cgroup)
    .map(({ message, messageBytes }) => parseAnswer(message.subarray(0, messageBytes)));

describe.each(FAMILIES)('over IPv%i', (family) => {
  const server = () => stage.network.east.addresses[family];
  const resolveIn = (cgroup: string, ...questions: readonly string[]) =>
    resolve(cgroup, stage.network.west, server(), ...questions);

  test('queries are counted by outcome', async () => {
    const cgroup = client();
    const questions = ['A web.test', 'AAAA old.test', 'A no.test', 'A no.example', 'A old.test'];
    expect(await resolveIn(cgroup, ...questions)).toEqual([
      ['192.0.2.80'],
      ['ENODATA'],
      ['ENOTFOUND'],
      ['EREFUSED'],
      ['192.0.2.81'],
    ]);
    expect(outcomesOf(cgroup)).toEqual([3, 1, 1, 0]);
  });

  test('the answer is stored as received, with the names that lead to its addresses', async () => {
    const cgroup = client();
    await resolveIn(cgroup, 'A www.test', 'AAAA web.test', 'A no.test', 'A no.example');
    expect(answersOf(cgroup)).toEqual([
      { name: 'www.test', addresses: ['192.0.2.80'] },
      { name: 'web.test', addresses: ['2001:db8::80'] },
    ]);
  });

  test('a resolver’s simultaneous queries through one socket are all counted and named', async () => {
    const cgroup = client();
    const names = Array.from({ length: 200 }, (_, i) => `host-${i}.wild.test`);
    const resolved = await resolveIn(cgroup, '--at-once', ...names.map((name) => `A ${name}`));
    expect(new Set(resolved.flat())).toEqual(new Set(['192.0.2.90']));
    expect(outcomesOf(cgroup)).toEqual([names.length, 0, 0, 0]);
    expect(new Set(answersOf(cgroup).map((answer) => answer?.name))).toEqual(new Set(names));
    expect(Object.keys(stage.scene.lost()).filter((reason) => /dns|answer/.test(reason))).toEqual(
      [],
    );
  });

  test('the C library queries both families at once, through one socket', async () => {
    using temporary = ownTemporaryDirectory();
    const cgroup = client();
    const question = { name: 'www.test', directory: temporary.path };
    const resolved = await resolveByLibrary(cgroup, stage.network.west, server(), question);
    for (const address of ['192.0.2.80', '2001:db8::80']) expect(resolved).toContain(address);
    expect(outcomesOf(cgroup)).toEqual([2, 0, 0, 0]);
    expect(answersOf(cgroup)).toHaveLength(2);
  });

  test('an answer too large for a datagram is queried again over TCP, and its beginning is stored', async () => {
    const cgroup = client();
    const [addresses] = await resolveIn(cgroup, 'A many.test');
    expect(addresses).toHaveLength(120);
    expect(outcomesOf(cgroup)).toEqual([2, 0, 0, 0]);
    const [kept, ...more] = answersOf(cgroup);
    expect(more).toEqual([]);
    expect(kept?.name).toBe('many.test');
    expect(kept?.addresses.length).toBeGreaterThan(20);
    expect(addresses).toEqual(expect.arrayContaining([...(kept?.addresses ?? [])]));
  });

  test('a silent server makes a query time out', async () => {
    const silent = stage.peer('west');
    const socket = await silent.socket('udp', family);
    const address = stage.network.west.addresses[family];
    await socket.bind(address, 53);
    const cgroup = client();
    expect(await resolve(cgroup, stage.network.east, address, 'A web.test')).toEqual([
      ['ETIMEOUT'],
    ]);
    expect(await socket.receive(1)).toBeGreaterThan(0);
    await socket.close();
    expect(stage.scene.usageOf(cgroup).dns).toEqual({ queries: [0, 0, 0, 1], waitNs: 0 });
    expect(answersOf(cgroup)).toEqual([]);
  });

  test('so does a server that does not exist', async () => {
    const cgroup = client();
    const nobody = stage.network.west.addresses[family];
    expect(await resolve(cgroup, stage.network.east, nobody, 'A web.test')).toEqual([
      ['ECONNREFUSED'],
    ]);
    expect(outcomesOf(cgroup)).toEqual([0, 0, 0, 1]);
  });

  test('a server on a loopback device works as well', async () => {
    const cgroup = client();
    await resolve(cgroup, stage.network.west, LOOPBACK[family], 'A web.test', 'A many.test');
    expect(outcomesOf(cgroup)).toEqual([3, 0, 0, 0]);
    expect(answersOf(cgroup)).toHaveLength(2);
  });

  test('a connection to a resolved address has its name', async () => {
    const [west, east] = [stage.peer('west'), stage.peer('east')];
    const { listener, port } = await east.listen(server());
    const type = family === 4 ? 'A' : 'AAAA';
    expect(await resolveIn(west.cgroup, `${type} east.test`)).toEqual([[server()]]);
    await west.connect(server(), port);
    await listener.accept();
    const flows = stage.scene.flowsOf(west.cgroup);
    expect(flows.find((flow) => flow.port === port)).toMatchObject({
      peerAddress: server(),
      peerName: 'east.test',
    });
    const [into] = stage.scene.flowsOf(east.cgroup);
    expect(into?.peerName).toBeUndefined();
  });
});

test('the servers asked nothing, and nothing of these tests was lost', () => {
  expect(stage.scene.usageOf(serverCgroup).dns).toEqual({ queries: NONE, waitNs: 0 });
  expect(stage.scene.answersOf(serverCgroup)).toEqual([]);
  const lost = Object.keys(stage.scene.lost());
  expect(lost.filter((what) => /^(dns|answer)\./.test(what))).toEqual([]);
});
