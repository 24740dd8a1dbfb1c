import { describe, expect, test } from 'vitest';
import { answerHealth } from '../api/http/health.ts';
import type { NodeLookup } from '../core/self/node-lookup.ts';
import type { WatchStatus } from '../core/self/watch-status.ts';
import { clusterChecks } from './cluster-checks.ts';

const NOW_MS = 1_767_225_600_000;
const watch: WatchStatus = {
  resource: 'pods',
  isUp: true,
  lastHeardMs: NOW_MS - 2500,
  objects: 12,
  leftOut: 0,
  lists: { success: 1, error: 0 },
  watches: { success: 0, error: 0 },
  malformed: 0,
  trouble: undefined,
};
const answer = (different: Partial<WatchStatus>) =>
  answerHealth('readyz', clusterChecks({ watches: [{ ...watch, ...different }] }, NOW_MS), true);

test('a watch says how much it knows and since when', () => {
  const line = '[+]kubernetes-pods ok: 12 known, last update 2.5 s ago';
  expect(answer({}).text).toBe(`${line}\nreadyz check passed\n`);
});

test('a watch that leaves some out says so, and is ready all the same', () => {
  const { status, text } = answer({ leftOut: 7 });
  expect(status).toBe(200);
  expect(text).toContain(
    '[!]kubernetes-pods degraded: 12 known, 7 left out (see the log), last update',
  );
});

test('without the API we are ready, but it is told that it is away', () => {
  const { status, text } = answer({ isUp: false, trouble: 'refused', lastHeardMs: undefined });
  expect(status).toBe(200);
  expect(text).toContain('[!]kubernetes-pods degraded: refused; 12 known, last update never\n');
});

describe('the name of the node', () => {
  const named = (lookup: Omit<NodeLookup, 'name'>) =>
    answerHealth(
      'readyz',
      clusterChecks({ watches: [], node: () => ({ name: 'n1', ...lookup }) }, NOW_MS),
      true,
    );

  test('is told', () => {
    expect(named({ isKnown: true, known: ['n1'] }).text).toContain('[+]kubernetes-node ok: n1\n');
  });

  test('that the API does not know makes us unready, with names that it does know', () => {
    const known = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const { status, text } = named({ isKnown: false, known });
    expect(status).toBe(503);
    expect(text).toContain(
      '[-]kubernetes-node failed: the Kubernetes API has no node n1; it has a, b, c, d, e and 2 more; ' +
        'set --node-name (VIGIA_NODE_NAME) to one of these\n',
    );
  });

  test('of which the API says nothing yet does not make us unready', () => {
    const { status, text } = named({ isKnown: undefined, known: [] });
    expect(status).toBe(200);
    expect(text).toContain('[!]kubernetes-node degraded: the Kubernetes API has not reported n1');
  });
});
