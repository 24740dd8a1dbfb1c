import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApiAccess } from './api.ts';

/** Handlers of the next requests of each kind. */
export interface Answers {
  list: (response: ServerResponse, query: URLSearchParams) => void;
  watch: (response: ServerResponse, query: URLSearchParams) => void;
}

/** A server with responses that no real one sends; real ones are in test/e2e. */
export interface FalseApi extends AsyncDisposable {
  readonly access: ApiAccess;
  readonly answers: Answers;
  /** Queries of the watches so far. */
  readonly watched: readonly URLSearchParams[];
  readonly listed: readonly URLSearchParams[];
}

export async function falseApi(answers: Answers): Promise<FalseApi> {
  const [watched, listed]: URLSearchParams[][] = [[], []];
  const server = createServer(({ url = '' }, response) => {
    const query = new URL(url, 'http://api').searchParams;
    const isWatch = query.has('watch');
    (isWatch ? watched : listed)?.push(query);
    answers[isWatch ? 'watch' : 'list'](response, query);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    access: { server: `http://127.0.0.1:${port}`, authorize: async () => ({}) },
    answers,
    watched: watched ?? [],
    listed: listed ?? [],
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function listJson(items: readonly object[], metadata: object = {}): string {
  return JSON.stringify({
    kind: 'PodList',
    metadata: { resourceVersion: '10', ...metadata },
    items,
  });
}

export function eventLine(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}
