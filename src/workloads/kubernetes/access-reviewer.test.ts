import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AccessReviewer } from './access-reviewer.ts';

interface Review {
  readonly kind: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

const USER = { username: 'system:serviceaccount:m:prometheus', uid: '7', groups: ['g'], extra: {} };

let api: Server;
let reviews: Review[];
let answer: (review: Review, response: ServerResponse) => void;
let reviewer: AccessReviewer;

/** "good" is a token of one who may get /metrics. */
function answerAsKubernetes({ kind, spec }: Review, response: ServerResponse): void {
  const { token, nonResourceAttributes: wanted } = spec;
  const path = (wanted as { path?: string } | undefined)?.path;
  const status =
    kind === 'tokenreviews'
      ? { authenticated: token === 'good', user: token === 'good' ? USER : {} }
      : { allowed: path === '/metrics' };
  response.writeHead(201).end(JSON.stringify({ status }));
}

beforeEach(async () => {
  [reviews, answer] = [[], answerAsKubernetes];
  api = createServer(async (request: IncomingMessage, response) => {
    const { spec } = (await json(request)) as { spec: Review['spec'] };
    const review = { kind: request.url?.split('/').at(-1) ?? '', spec };
    reviews.push(review);
    answer(review, response);
  });
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
  const server = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  reviewer = new AccessReviewer(async () => ({ server, authorize: async () => ({}) }));
});

afterEach(async () => {
  vi.useRealTimers();
  api.closeAllConnections();
  api.close();
  await once(api, 'close');
});

describe('a token', () => {
  test("is asked about, and then its owner's right to the path", async () => {
    expect(await reviewer.review('good', '/metrics')).toBe('allowed');
    const { username, ...rest } = USER;
    const nonResourceAttributes = { path: '/metrics', verb: 'get' };
    expect(reviews).toEqual([
      { kind: 'tokenreviews', spec: { token: 'good' } },
      { kind: 'subjectaccessreviews', spec: { user: username, ...rest, nonResourceAttributes } },
    ]);
  });

  test('of nobody gets no further', async () => {
    expect(await reviewer.review('bad', '/metrics')).toBe('unknown');
    expect(reviews.map(({ kind }) => kind)).toEqual(['tokenreviews']);
  });

  test('of one who may not get the path is refused', async () => {
    expect(await reviewer.review('good', '/')).toBe('forbidden');
  });

  test.each([
    '{}',
    '{"status":{"authenticated":"true","user":{"username":"x"}}}',
    '{"status":{"authenticated":true,"user":{}}}',
    '{"status":{"authenticated":true,"user":{"username":7}}}',
    '[]',
    '"x"',
    'null',
  ])("is nobody's when the API says %s", async (text) => {
    answer = (_review, response) => response.writeHead(201).end(text);
    expect(await reviewer.review('good', '/metrics')).toBe('unknown');
  });

  test.each(['{}', '{"status":{"allowed":"true"}}', '{"status":{"denied":true}}'])(
    'allows nothing when the API says %s',
    async (text) => {
      answer = (review, response) =>
        review.kind === 'tokenreviews'
          ? answerAsKubernetes(review, response)
          : response.writeHead(201).end(text);
      expect(await reviewer.review('good', '/metrics')).toBe('forbidden');
    },
  );
});

describe('a verdict', () => {
  test('is asked for once by all who want it at a time, and holds for ten seconds', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const review = async (token: string) =>
      await Promise.all(Array.from({ length: 9 }, () => reviewer.review(token, '/metrics')));
    expect(new Set([...(await review('good')), ...(await review('good'))])).toEqual(
      new Set(['allowed']),
    );
    expect(new Set([...(await review('bad')), ...(await review('bad'))])).toEqual(
      new Set(['unknown']),
    );
    expect(reviews).toHaveLength(3);
    vi.advanceTimersByTime(9999);
    await reviewer.review('good', '/metrics');
    expect(reviews).toHaveLength(3);
    vi.advanceTimersByTime(1);
    answer = (_review, response) => response.writeHead(201).end('{}');
    expect(await reviewer.review('good', '/metrics')).toBe('unknown');
  });

  test('is of one path', async () => {
    await reviewer.review('good', '/metrics');
    expect(await reviewer.review('good', '/')).toBe('forbidden');
  });

  test.each([
    ['an error', (response: ServerResponse) => response.writeHead(500).end('{"message":"no"}')],
    ['no JSON', (response: ServerResponse) => response.writeHead(201).end('<html>')],
    ['nothing', (response: ServerResponse) => response.destroy()],
    ['too much', (response: ServerResponse) => response.writeHead(201).end('x'.repeat(300_000))],
  ])('is none where the API says %s, and the next one is asked for', async (_what, respond) => {
    answer = (_review, response) => void respond(response);
    await expect(reviewer.review('good', '/metrics')).rejects.toThrow();
    answer = answerAsKubernetes;
    expect(await reviewer.review('good', '/metrics')).toBe('allowed');
  });
});

test('invented tokens are asked about a few at a time, and not without end', async () => {
  const held: (() => void)[] = [];
  answer = (review, response) => held.push(() => answerAsKubernetes(review, response));
  const pending = Array.from({ length: 80 }, (_, i) => reviewer.review(`t${i}`, '/metrics'));
  const outcomes = Promise.allSettled(pending);
  await vi.waitFor(() => expect(reviews).toHaveLength(4));
  const release = setInterval(() => held.shift()?.(), 1);
  const rejected = (await outcomes).filter(({ status }) => status === 'rejected');
  clearInterval(release);
  expect([rejected.length, reviews.length]).toEqual([12, 68]);
});
