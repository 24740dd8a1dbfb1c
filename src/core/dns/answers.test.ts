import { expect, test } from 'vitest';
import { AnswerBook, type AnswerRecord } from './answers.ts';
import { a, QNAME, response } from './compose.ts';

const web = { namespace: 'shop', pod: 'web-0', container: 'app' };
const owners = {
  ownerOf: (cgroupId: number) => (cgroupId === 7 ? web : undefined),
  holderOf: String,
};

function answer(name: string, given: Partial<AnswerRecord> = {}): AnswerRecord {
  const octets = response(name, [a(QNAME, '192.0.2.1')]);
  const message = new Uint8Array(512).fill(0xff);
  message.set(octets);
  return { sequence: 1, cpu: 0, cgroupId: 7, messageBytes: octets.length, message, ...given };
}

test('a pod knows the name it asked for in all of its containers; other pods do not', () => {
  const book = new AnswerBook();
  book.learn([answer('api.example'), answer('mail.example', { cpu: 1, cgroupId: 8 })], owners, 1);
  expect(book.nameOf(web, '192.0.2.1')).toBe('api.example');
  expect(book.nameOf({ ...web, container: 'sidecar' }, '192.0.2.1')).toBe('api.example');
  expect(book.nameOf({ ...web, pod: 'web-1' }, '192.0.2.1')).toBeUndefined();
  expect(book.nameOf(undefined, '192.0.2.1')).toBe('mail.example');
});

test('each answer is taken once, by sequence number of its CPU, in any order of rows', () => {
  const book = new AnswerBook();
  const [old, newer] = [answer('old.example'), answer('new.example', { sequence: 3 })];
  book.learn([newer, answer('between.example', { sequence: 2 })], owners, 1);
  book.learn([old, newer], owners, 2);
  expect(book.nameOf(web, '192.0.2.1')).toBe('between.example');
  book.learn([old, answer('other.example', { cpu: 1 })], owners, 3);
  expect(book.nameOf(web, '192.0.2.1')).toBe('other.example');
});

test('octets after the message are ignored, and so is a row that holds no answer', () => {
  const book = new AnswerBook();
  const cut = answer('cut.example', { messageBytes: 20 });
  book.learn([cut, answer('', { sequence: 2 })], owners, 1);
  expect(book.nameOf(web, '192.0.2.1')).toBeUndefined();
});
