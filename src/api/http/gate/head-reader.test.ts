import { describe, expect, test } from 'vitest';
import { HeadReader } from './head-reader.ts';
import { requestLineOf } from './request-head.ts';

const HEAD = 'GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n';

function readerOf(...pieces: readonly string[]): HeadReader {
  const reader = new HeadReader(100);
  for (const piece of pieces) reader.add(Buffer.from(piece, 'latin1'));
  return reader;
}

function next(reader: HeadReader): string | undefined {
  return reader.next()?.toString('latin1');
}

describe('request heads', () => {
  test('come one at a time, with any data after them', () => {
    const reader = readerOf(`${HEAD}${HEAD}GET /x`);
    expect([next(reader), next(reader), next(reader)]).toEqual([HEAD, HEAD, undefined]);
    expect(reader.isEmpty).toBe(false);
  });

  test('come when their last byte has arrived', () => {
    const reader = readerOf();
    for (const byte of HEAD) {
      expect(next(reader)).toBeUndefined();
      reader.add(Buffer.from(byte));
    }
    expect(next(reader)).toBe(HEAD);
    expect(reader.isEmpty).toBe(true);
  });

  test.each([
    'GET / HTTP/1.1\n\n',
    'GET / HTTP/1.1\nhost: a\n\r\n',
    'GET / HTTP/1.1\r\nhost: a\n\n',
  ])('end at the first empty line, with any line ending: %j', (head) => {
    const reader = readerOf(head + HEAD);
    expect([next(reader), next(reader)]).toEqual([head, HEAD]);
  });

  test('that are sent far ahead are not all kept', () => {
    const reader = readerOf(HEAD.repeat(5000));
    let count = 0;
    while (next(reader) === HEAD) count++;
    expect([count, reader.isCut]).toEqual([Math.floor((32 * 1024) / HEAD.length), true]);
    reader.add(Buffer.from(HEAD));
    expect(next(reader)).toBeUndefined();
  });

  test('may come after empty lines', () => expect(next(readerOf(`\r\n\n${HEAD}`))).toBe(HEAD));

  test('have a maximum length, complete or not', () => {
    const long = `GET / HTTP/1.1\r\nx: ${'y'.repeat(100)}`;
    expect(next(readerOf(long))).toBe('too large');
    expect(next(readerOf(`${long}\r\n\r\n`))).toBe('too large');
    expect(next(readerOf('\r\n'.repeat(51)))).toBe('too large');
    const exact = `GET / HTTP/1.1\r\nx: ${'y'.repeat(77)}\r\n\r\n`;
    expect([exact.length, next(readerOf(exact + HEAD))]).toEqual([100, exact]);
  });

  test.each(['\x16\x03\x01\x02\x00', '\0', '\r\n\x16', ' GET /', '\x80'])(
    'do not start with %j',
    (bytes) => expect(next(readerOf(bytes))).toBe('not http'),
  );
});

test.each([
  ['GET /metrics?x=1 HTTP/1.1', { method: 'GET', target: '/metrics?x=1' }],
  ['PROPFIND * HTTP/1.0', { method: 'PROPFIND', target: '*' }],
  ['GET / HTTP/2.0', undefined],
  ['GET /', undefined],
  ['GET  / HTTP/1.1', undefined],
  ['GET / / HTTP/1.1', undefined],
  ['G(T / HTTP/1.1', undefined],
])('%j is the request line %j', (line, request) => {
  expect(requestLineOf(Buffer.from(`${line}\r\nhost: a\r\n\r\n`))).toEqual(request);
  expect(requestLineOf(Buffer.from(`${line}\n\n`))).toEqual(request);
});
