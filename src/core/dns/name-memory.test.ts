import { expect, test } from 'vitest';
import { NameMemory } from './name-memory.ts';

const WEB = { owner: 'shop\0web-0', holder: 'web' };
const DB = { owner: 'shop\0db-0', holder: 'db' };

const answer = (name: string, ...addresses: string[]) => ({ name, addresses });

test('a pod knows an address by the name it asked for', () => {
  const names = new NameMemory();
  names.learn(WEB, answer('api.example', '192.0.2.1', '2001:db8::1'), 1);
  expect(names.nameOf(WEB.owner, '192.0.2.1')).toBe('api.example');
  expect(names.nameOf(WEB.owner, '2001:db8::1')).toBe('api.example');
  expect(names.nameOf(WEB.owner, '192.0.2.2')).toBeUndefined();
});

test('one pod’s names are not used for another pod', () => {
  const names = new NameMemory();
  names.learn(WEB, answer('api.example', '192.0.2.1'), 1);
  expect(names.nameOf(DB.owner, '192.0.2.1')).toBeUndefined();
  names.learn(DB, answer('cdn.example', '192.0.2.1'), 2);
  expect(names.nameOf(WEB.owner, '192.0.2.1')).toBe('api.example');
  expect(names.nameOf(DB.owner, '192.0.2.1')).toBe('cdn.example');
});

test('the newest name wins, in any order of arrival', () => {
  const names = new NameMemory();
  names.learn(WEB, answer('old.example', '192.0.2.1'), 1);
  names.learn(WEB, answer('new.example', '192.0.2.1'), 3);
  expect(names.nameOf(WEB.owner, '192.0.2.1')).toBe('new.example');
  names.learn(WEB, answer('late.example', '192.0.2.1', '192.0.2.2'), 2);
  expect(names.nameOf(WEB.owner, '192.0.2.1')).toBe('new.example');
  expect(names.nameOf(WEB.owner, '192.0.2.2')).toBe('late.example');
  names.learn(WEB, answer('same.example', '192.0.2.1'), 3);
  expect(names.nameOf(WEB.owner, '192.0.2.1')).toBe('same.example');
});

test('an answer without addresses keeps the known names', () => {
  const names = new NameMemory();
  names.learn(WEB, answer('api.example', '192.0.2.1'), 1);
  names.learn(WEB, answer('api.example'), 2);
  expect(names.nameOf(WEB.owner, '192.0.2.1')).toBe('api.example');
});

test('the name learned least recently is forgotten first; reading it does not keep it', () => {
  const names = new NameMemory(3);
  for (const [i, last] of [1, 2, 3].entries())
    names.learn(WEB, answer(`${last}.example`, `192.0.2.${last}`), i);
  names.learn(WEB, answer('1.example', '192.0.2.1'), 4);
  expect(names.nameOf(WEB.owner, '192.0.2.2')).toBe('2.example');
  names.learn(WEB, answer('4.example', '192.0.2.4'), 5);
  expect([1, 2, 3, 4].map((last) => names.nameOf(WEB.owner, `192.0.2.${last}`))).toEqual([
    '1.example',
    undefined,
    '3.example',
    '4.example',
  ]);
});

test.each([
  ['as many as given', 100, new NameMemory(100)],
  ['16,384 without a word', 16_384, new NameMemory()],
])('at the limit, the newest names are kept: %s', (_, limit, names) => {
  const addresses = Array.from({ length: limit + 500 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
  for (let i = 0; i < addresses.length; i += 32)
    names.learn(WEB, answer('api.example', ...addresses.slice(i, i + 32)), i);
  const known = addresses.map((address) => names.nameOf(WEB.owner, address) !== undefined);
  expect(known.lastIndexOf(false)).toBe(499);
  expect(known.indexOf(true)).toBe(500);
});

test('of an answer larger than the memory, the last addresses are kept', () => {
  const names = new NameMemory(2);
  names.learn(WEB, answer('api.example', '192.0.2.1', '192.0.2.2', '192.0.2.3'), 1);
  const known = [1, 2, 3].map((last) => names.nameOf(WEB.owner, `192.0.2.${last}`));
  expect(known).toEqual([undefined, 'api.example', 'api.example']);
});

test('an asker beyond its share displaces only its own names', () => {
  const names = new NameMemory(100);
  names.learn(DB, answer('api.example', '192.0.2.1'), 1);
  for (let i = 0; i < 1000; i++)
    names.learn(WEB, answer(`${i}.example`, `10.0.${i >> 8}.${i & 255}`), 2);
  expect(names.nameOf(DB.owner, '192.0.2.1')).toBe('api.example');
});
