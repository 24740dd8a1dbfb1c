import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FairShare } from '../../../core/sharing/fair-share.ts';
import { nameAt } from '../objects/json.ts';
import { eventLine, type FalseApi, falseApi, listJson } from './false-api.fixture.ts';
import { ObjectTable } from './object-table.ts';
import { Reflector } from './reflector.ts';

interface Thing {
  readonly uid: string;
}

let api: FalseApi;
let known: Set<string>;
let troubles: string[];
let stop: AbortController;

const thing = (uid: string, resourceVersion = '11') => ({ metadata: { uid, resourceVersion } });
const uids = () => [...known].sort().join(' ');

beforeEach(async () => {
  [known, troubles, stop] = [new Set(), [], new AbortController()];
  api = await falseApi({
    list: (response) => response.end(listJson([thing('a'), thing('b')])),
    watch: (response) => response.flushHeaders(),
  });
});

afterEach(async () => {
  stop.abort();
  await api[Symbol.asyncDispose]();
});

function start(idleMs = 60_000, maxThings = 100_000): Reflector<Thing> {
  const room = { of: new FairShare(maxThings), slots: 1, shares: [] };
  const reflector = new Reflector<Thing>({
    connect: async () => api.access,
    resource: {
      name: 'things',
      path: '/things',
      query: { fieldSelector: 'x=y' },
      read: (object) => {
        const uid = nameAt(object, 'metadata', 'uid');
        return uid === '' ? undefined : { uid };
      },
    },
    table: new ObjectTable(
      {
        put: ({ uid }) => void known.add(uid),
        remove: ({ uid }) => void known.delete(uid),
      },
      () => room,
    ),
    onTrouble: (err) => void troubles.push(String(err)),
    onLeftOut: () => void troubles.push('left out'),
    idleMs,
  });
  void reflector.run(stop.signal);
  return reflector;
}

const soon = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 5 });

test('what is listed is known, and then what the watch tells', async () => {
  api.answers.watch = (response) => {
    response.write(eventLine('ADDED', thing('c')) + eventLine('DELETED', thing('a')));
  };
  const { status } = start();
  await soon(() => expect(uids()).toBe('b c'));
  expect(status).toMatchObject({ resource: 'things', isUp: true, objects: 2, trouble: undefined });
  expect(api.listed[0]?.toString()).toBe('fieldSelector=x%3Dy&limit=500&resourceVersion=0');
  expect(Object.fromEntries(api.watched[0] ?? [])).toMatchObject({
    resourceVersion: '10',
    allowWatchBookmarks: 'true',
  });
});

test('objects without a slot are counted, and get one when a later list leaves some', async () => {
  const of = (uids: string) => listJson([...uids].map((uid) => thing(uid)));
  api.answers.list = (response) => response.end(of('abc'));
  api.answers.watch = (response) => {
    api.answers.list = (next) => next.end(of('cd'));
    api.answers.watch = (next) => next.flushHeaders();
    response.end(eventLine('ERROR', { code: 410, message: 'too old' }));
  };
  const { status } = start(60_000, 2);
  await soon(() => expect(uids()).toBe('a b'));
  expect(troubles).toContain('left out');
  await soon(() => expect(uids()).toBe('c d'));
  expect(status).toMatchObject({ objects: 2, leftOut: 0 });
  expect(api.listed).toHaveLength(3);
});

test('a list of many pages is one', async () => {
  api.answers.list = (response, query) =>
    response.end(
      query.has('continue') ? listJson([thing('b')]) : listJson([thing('a')], { continue: 'more' }),
    );
  start();
  await soon(() => expect(uids()).toBe('a b'));
});

test('a watch that ends in the midst of a line is taken up after the last whole one', async () => {
  api.answers.watch = (response, query) => {
    if (query.get('resourceVersion') !== '10') return response.flushHeaders();
    response.write(`${eventLine('BOOKMARK', thing('', '17'))}{"type":"ADDED","obj`);
    setTimeout(() => response.destroy(), 20);
  };
  start();
  await soon(() => expect(api.watched[1]?.get('resourceVersion')).toBe('17'));
  expect(api.listed).toHaveLength(1);
});

test('what is too old to go on from is listed anew, and what is not in it has gone', async () => {
  api.answers.watch = (response) => {
    api.answers.list = (next) => next.end(listJson([thing('b')]));
    api.answers.watch = (next) => next.flushHeaders();
    response.end(eventLine('ERROR', { code: 410, message: 'too old' }));
  };
  start();
  await soon(() => expect(uids()).toBe('b'));
  expect(api.listed[1]?.has('resourceVersion')).toBe(false);
  expect(troubles).toEqual([]);
});

test('the same where the answer itself says so', async () => {
  api.answers.watch = (response) => {
    api.answers.watch = (next) => next.flushHeaders();
    response.writeHead(410).end('{"message": "expired"}');
  };
  start();
  await soon(() => expect(api.listed).toHaveLength(2));
});

test('garbage is counted, and what is none is understood', async () => {
  api.answers.list = (response) => response.end(listJson([thing('a'), { metadata: 7 }]));
  api.answers.watch = (response) =>
    response.write(
      `garbage\n\n[]\n${eventLine('ADDED', {})}${eventLine('MUTATED', thing('x'))}` +
        eventLine('ADDED', thing('c')),
    );
  const { status } = start();
  await soon(() => expect(uids()).toBe('a c'));
  expect(status).toMatchObject({ isUp: true, malformed: 6 });
});

test('a watch on which nothing comes is given up and begun anew', async () => {
  start(100);
  await soon(() => expect(api.watched.length).toBeGreaterThan(1));
  expect(troubles[0]).toContain('no data for 0.1 s');
  expect(uids()).toBe('a b');
});

test('without the API what is known stays, and it is told why', async () => {
  const { status } = start();
  await soon(() => expect(status.isUp).toBe(true));
  api.answers.watch = (response) => response.writeHead(403).end('{"message": "you may not"}');
  await api[Symbol.asyncDispose]();
  await soon(() => expect(status.isUp).toBe(false));
  expect([uids(), status.objects]).toEqual(['a b', 2]);
  api = await falseApi(api.answers);
  await soon(() => expect(status.trouble).toContain('you may not'));
  api.answers.watch = (response) => response.write(eventLine('ADDED', thing('c')));
  await soon(() => expect(uids()).toBe('a b c'));
  expect(status.watches.error).toBeGreaterThan(0);
});

test.each(['', '[]', '{"items":[{"metadata":{}}', '{"kind":"Status","metadata":{}}'])(
  'an answer that is no list is not taken for an empty one: %j',
  async (text) => {
    const reflector = start();
    await soon(() => expect(uids()).toBe('a b'));
    api.answers.watch = (response) => response.writeHead(410).end();
    api.answers.list = (response) => response.end(text);
    await api[Symbol.asyncDispose]();
    api = await falseApi(api.answers);
    await soon(() => expect(reflector.status.lists.error).toBeGreaterThan(0));
    expect(uids()).toBe('a b');
  },
);

test('a watch that ends at once is not begun anew without a pause', async () => {
  const requestedMs: number[] = [];
  api.answers.watch = (response) => {
    requestedMs.push(performance.now());
    response.end(eventLine('ADDED', thing('c')));
  };
  start();
  await soon(() => expect(requestedMs.length).toBeGreaterThan(1));
  expect((requestedMs[1] ?? 0) - (requestedMs[0] ?? 0)).toBeGreaterThan(200);
  expect(troubles[0]).toContain('the watch ended at once');
});

test('30,000 events are read in the time that 5,000 a second come in', async () => {
  api.answers.watch = (response) => {
    for (let i = 0; i < 30_000; i++) response.write(eventLine('ADDED', thing(`t${i}`)));
    response.write(eventLine('ADDED', thing('last')));
  };
  start();
  await vi.waitFor(() => expect(known.has('last')).toBe(true), { timeout: 6000, interval: 5 });
  expect(known.size).toBe(30_003);
});
