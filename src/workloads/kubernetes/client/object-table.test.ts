import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { FairShare } from '../../../core/sharing/fair-share.ts';
import { idOf, podJson } from '../objects/pod.fixture.ts';
import { type PodObject, readPod } from '../objects/pod-object.ts';
import { MOST_HERE, peerBounds } from '../peer-bounds.ts';
import { ObjectTable } from './object-table.ts';

interface Thing {
  readonly uid: string;
  /** None for one that nobody asks for. */
  readonly slots?: number;
}

let known: Map<string, Thing>;
let table: ObjectTable<Thing>;

const sink = {
  put: (thing: Thing) => void known.set(thing.uid, thing),
  remove: ({ uid }: Thing) => void known.delete(uid),
};
const put = (uids: string, isNews = true) => {
  for (const uid of uids) table.put({ uid }, isNews);
};
const list = (uids: string) => {
  table.beginList();
  put(uids);
  return table.endList();
};
const uids = () => [...known.keys()].join('');

beforeEach(() => {
  known = new Map();
  const [few, others] = [new FairShare(3), new FairShare(1)];
  table = new ObjectTable<Thing>(sink, ({ uid, slots = 1 }) =>
    slots === 0 ? undefined : { of: uid === '!' ? others : few, slots, shares: [] },
  );
});

describe('a table with room for three objects', () => {
  test('keeps what it has, and counts what it leaves out', () => {
    list('abcde');
    expect([uids(), table.size, table.leftOut]).toEqual(['abc', 3, 2]);
    put('fa');
    expect([uids(), table.leftOut]).toEqual(['abc', 3]);
  });

  test('has room for what changes, where something has gone', () => {
    list('abcde');
    table.remove('a');
    put('e', false);
    expect([uids(), table.leftOut]).toEqual(['bce', 1]);
    // One that it never had is gone, too.
    table.remove('d');
    expect(table.leftOut).toBe(0);
    table.remove('x');
    expect(table.leftOut).toBe(0);
  });

  test('has others elsewhere, and none of those that nobody asks for', () => {
    list('abc!');
    expect([uids(), table.leftOut]).toEqual(['abc!', 0]);
    table.put({ uid: 'a', slots: 0 }, false);
    table.put({ uid: 'd', slots: 0 });
    expect([uids(), table.leftOut]).toEqual(['bc!', 0]);
  });

  test('counts large ones as several, and leaves out what has grown too large', () => {
    table.put({ uid: 'a', slots: 2 });
    put('bc');
    expect([uids(), table.leftOut]).toEqual(['ab', 1]);
    table.put({ uid: 'b', slots: 2 }, false);
    expect([uids(), table.leftOut]).toEqual(['a', 2]);
    table.put({ uid: 'a', slots: 1 }, false);
    put('de');
    expect(uids()).toBe('ade');
  });

  test('is full while a list is not complete, and has room after it', () => {
    list('abc');
    expect(list('cdef')).toBe(2);
    expect([uids(), table.leftOut]).toEqual(['c', 3]);
    expect(list('cdef')).toBe(0);
    expect([uids(), table.leftOut]).toEqual(['cde', 1]);
  });

  test('never has more, whatever comes and goes', () => {
    const uid = fc.constantFrom(...'abcdef');
    const deed = fc.oneof(
      fc.record({ uid, slots: fc.constantFrom(0, 1, 2), isNews: fc.boolean() }),
      fc.record({ gone: uid }),
      fc.array(uid, { maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(deed), (deeds) => {
        for (const one of deeds) {
          if (Array.isArray(one)) list(one.join(''));
          else if ('gone' in one) table.remove(one.gone);
          else table.put(one, one.isNews);
          expect(table.size).toBe(known.size);
          const slots = [...known.values()].map(({ slots = 1 }) => slots);
          expect(slots.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(3);
        }
        for (const uid of 'abcdef') table.remove(uid);
        put('abc');
        expect(uids().length).toBe(3);
        list('');
      }),
    );
  });
});

describe('of the peers of a cluster', () => {
  const podOf = (uid: string, nodeName: string, phase = 'Running', namespace = 'shop') => {
    const status = { phase, containerStatuses: [{ name: 'app', containerID: `x://${idOf('a')}` }] };
    const metadata = { uid, namespace, name: uid };
    return readPod(podJson({ metadata, spec: { nodeName }, status })) as PodObject;
  };
  const refused = (uid: string) => {
    const metadata = { uid, namespace: 'crowd', name: uid };
    const of = { metadata, spec: { nodeName: 'n1' }, status: { phase: 'Failed' } };
    return readPod(podJson(of)) as PodObject;
  };
  const tableOf = (maxPeers: number) =>
    new ObjectTable<PodObject>(
      { put: () => {}, remove: () => {} },
      peerBounds('n1', maxPeers).pods,
    );

  test('pods of this node have slots of their own, and the ended ones of others none', () => {
    const table = tableOf(10);
    for (let i = 0; i < 40; i++) table.put(podOf(`far-${i}`, 'n2'));
    const full = table.size;
    expect(full).toBeGreaterThan(7);
    table.put(podOf('ended', 'n2', 'Succeeded'));
    expect(table.leftOut).toBe(40 - full);
    for (let i = 0; i < 40; i++) table.put(podOf(`here-${i}`, 'n1', 'Failed'));
    expect(table.size).toBe(full + 40);
    // Where it runs is told later.
    table.put(podOf('late', ''));
    table.put(podOf('late', 'n1'), false);
    expect(table.size).toBe(full + 41);
  });

  test('pods that are bound to this node by the thousand leave room for those that run here', () => {
    const table = tableOf(10);
    for (let i = 0; i < 2 * MOST_HERE; i++) table.put(podOf(`a-${i}`, 'n1', 'Pending', 'crowd'));
    expect(table.size).toBeLessThan(0.9 * MOST_HERE);
    for (let i = 0; i < 500; i++) table.put(podOf(`b-${i}`, 'n1'));
    expect(table.size).toBeGreaterThan(0.9 * MOST_HERE + 0.3 * 500);
    const whole = table.size;
    // Which the kubelet refuses: it never had a container.
    table.put(refused('a-1'), false);
    expect(table.size).toBe(whole - 1);
  });

  test('a namespace that has more than all others leaves them some', () => {
    const table = tableOf(90);
    for (let i = 0; i < 500; i++) table.put(podOf(`a-${i}`, 'n2', 'Running', 'crowd'));
    expect(table.size).toBe(80);
    for (let i = 0; i < 500; i++) table.put(podOf(`b-${i}`, 'n2', 'Running', 'shop'));
    expect(table.size).toBeGreaterThan(85);
  });

  test('a Service with hundreds of addresses and ports takes as much room as many', () => {
    const { services } = peerBounds('n1', 1000);
    const many = (text: string) => Array.from({ length: 256 }, (_, i) => `${text}${i}`);
    const service = { uid: 'u', namespace: 'shop', name: 'db', clusterAddresses: ['10.0.0.1'] };
    expect(services({ ...service, externalAddresses: [], ports: ['tcp 1'] })?.slots).toBe(1);
    const large = { ...service, externalAddresses: many('10.'), ports: many('tcp ') };
    expect(services(large)?.slots).toBe(65);
  });
});
