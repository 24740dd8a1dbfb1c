import { expect, test } from 'vitest';
import { AddressBook } from './address-book.ts';

const IP = '10.244.1.7';

test('an address is that of who began last, whoever is told first', () => {
  const book = new AddressBook();
  book.claim([IP], { uid: 'new', sinceMs: 2 });
  book.claim([IP], { uid: 'old', sinceMs: 1 });
  expect(book.holderOf(IP)?.uid).toBe('new');
  book.release([IP], 'new');
  expect(book.holderOf(IP)?.uid).toBe('old');
  book.release([IP], 'old');
  expect(book.holderOf(IP)).toBeUndefined();
});

test('of two that began in the same second the last told has it', () => {
  const book = new AddressBook();
  for (const uid of ['one', 'two', 'one']) book.claim([IP], { uid, sinceMs: 1 });
  expect(book.allOf(IP).map(({ uid }) => uid)).toEqual(['two', 'one']);
});

test('who gives up an address takes it from nobody else', () => {
  const book = new AddressBook();
  book.claim([IP], { uid: 'one', sinceMs: 1 });
  book.release([IP], 'two');
  expect(book.holderOf(IP)?.uid).toBe('one');
});

test('of thousands that say to have an address the last are heard', () => {
  const book = new AddressBook();
  const began = performance.now();
  for (let i = 0; i < 20_000; i++) book.claim(['1.1.1.1'], { uid: String(i), sinceMs: 0 });
  expect(performance.now() - began).toBeLessThan(2000);
  expect(book.allOf('1.1.1.1')).toHaveLength(64);
  expect(book.holderOf('1.1.1.1')?.uid).toBe('19999');
  // What a Service was given it has before all that only say so.
  book.claim(['1.1.1.1'], { uid: 'own', sinceMs: 1 });
  for (let i = 0; i < 100; i++) book.claim(['1.1.1.1'], { uid: String(i), sinceMs: 0 });
  expect(book.holderOf('1.1.1.1')?.uid).toBe('own');
});
