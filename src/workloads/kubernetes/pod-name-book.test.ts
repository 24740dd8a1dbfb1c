import { expect, test } from 'vitest';
import { idOf, podJson } from './objects/pod.fixture.ts';
import { type PodObject, readPod } from './objects/pod-object.ts';
import { PodNameBook } from './pod-name-book.ts';

function pod(different: Partial<PodObject> = {}): PodObject {
  const read = readPod(podJson());
  if (!read) throw new Error('no pod');
  return { ...read, ...different };
}

test('a pod has the same name object as long as nothing changed', () => {
  const book = new PodNameBook('n1');
  book.put(pod());
  const name = book.nameOf('aaaa-1');
  book.put(pod());
  expect(book.nameOf('aaaa-1')).toBe(name);
  const containers = new Map([[idOf('b'), 'app']]);
  book.put(pod({ name: { ...pod().name, containers } }));
  expect([...(book.nameOf('aaaa-1')?.containers.keys() ?? [])]).toEqual([idOf('a'), idOf('b')]);
});

test('pods of other nodes have no name here', () => {
  const book = new PodNameBook('n2');
  book.put(pod());
  expect([book.nameOf('aaaa-1'), book.size]).toEqual([undefined, 0]);
});

test('a container tells whose it is, from its first report until its pod is forgotten', () => {
  const book = new PodNameBook('n1');
  const id = (i: number) => String(i).padStart(64, '0');
  const one = (i: number) => {
    const containers = new Map([[id(i), 'app']]);
    return pod({ uid: `u${i}`, cgroupUid: `u${i}`, name: { ...pod().name, containers } });
  };
  expect(book.uidOf(id(0))).toBeUndefined();
  for (let i = 0; i < 1026; i++) book.put(one(i));
  expect([book.uidOf(id(0)), book.uidOf(id(1025))]).toEqual(['u0', 'u1025']);
  const restarted = {
    ...one(0),
    name: { ...pod().name, containers: new Map([[id(9999), 'app']]) },
  };
  book.put(restarted);
  expect([book.uidOf(id(0)), book.uidOf(id(9999))]).toEqual(['u0', 'u0']);
  for (let i = 0; i < 1026; i++) book.remove(one(i));
  const uids = [0, 9999, 1, 2].map((i) => book.uidOf(id(i)));
  expect(uids).toEqual([undefined, undefined, undefined, 'u2']);
});

test('who ended keeps the name, as long as not too many did', () => {
  const book = new PodNameBook('n1');
  for (let i = 0; i < 1030; i++) {
    book.put(pod({ uid: `u${i}`, cgroupUid: `u${i}` }));
    book.remove(pod({ uid: `u${i}`, cgroupUid: `u${i}` }));
  }
  expect(book.size).toBe(0);
  expect([book.nameOf('u5'), book.nameOf('u6')?.pod]).toEqual([undefined, 'web-7d9f-x2x']);
});

test('of two that claim the hash of one static pod the first has it', () => {
  const book = new PodNameBook('n1');
  const hash = 'b5c29a1de83c5f1e1c4d6f3a9b8c7d6e';
  const thief = pod({
    uid: 'thief',
    cgroupUid: hash,
    name: { ...pod().name, pod: 'thief', ownerName: 'x' },
  });
  book.put(pod({ cgroupUid: hash }));
  book.put(thief);
  book.remove(thief);
  expect(book.nameOf(hash)?.pod).toBe('web-7d9f-x2x');
});

test('a pod that restarts without end does not fill the memory', () => {
  const book = new PodNameBook('n1');
  for (let i = 0; i < 2000; i++) {
    const containers = new Map([[i.toString(16).padStart(64, '0'), 'app']]);
    book.put(pod({ name: { ...pod().name, containers } }));
  }
  expect(book.nameOf('aaaa-1')?.containers.size).toBe(1024);
});

test.each(['11111111-2222-3333-4444-555555555555', 'kube_api-server', 'etcd'])(
  'a static pod has the uid of its manifest: %s',
  (cgroupUid) => {
    const book = new PodNameBook('n1');
    book.put(pod({ cgroupUid }));
    expect(book.nameOf(cgroupUid)?.pod).toBe('web-7d9f-x2x');
    expect(book.nameOf(cgroupUid.replaceAll('_', '-'))?.pod).toBe('web-7d9f-x2x');
  },
);

test.each([
  ['before it', true],
  ['after it', false],
])('a pod that claims the uid of another one does not get its name, %s', (_, isBefore) => {
  const book = new PodNameBook('n1');
  const thief = pod({ uid: 'thief', cgroupUid: 'aaaa-1', name: { ...pod().name, pod: 'thief' } });
  for (const one of isBefore ? [thief, pod()] : [pod(), thief]) book.put(one);
  expect(book.nameOf('aaaa-1')?.pod).toBe('web-7d9f-x2x');
  book.remove(thief);
  book.remove(pod());
  book.put(thief);
  expect(book.nameOf('aaaa-1')?.pod).toBe('web-7d9f-x2x');
});
