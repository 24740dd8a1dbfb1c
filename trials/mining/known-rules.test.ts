import { expect, test } from 'vitest';
import type { Segment } from './emulators/evasions.ts';
import { KNOWN_RULES } from './known-rules.ts';

const LOGIN = '{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"4A","pass":"x"}}\n';
const SUBSCRIBE = '{"id":1,"method":"mining.subscribe","params":[]}\n';
const GETWORK = '{"method": "getwork", "params": [], "id": 0}';
const HEAD = 'POST / HTTP/1.1\r\nContent-Length: 44\r\n\r\n';

function matching(...octets: readonly string[]): string[] {
  const session = octets.map((each): Segment => ({ from: 'client', octets: each }));
  return Object.entries(KNOWN_RULES).flatMap(([rule, isFound]) => (isFound(session) ? rule : []));
}

test('each rule detects its own patterns', () => {
  expect(matching(LOGIN)).toEqual(['nDPI', 'IDS signatures', 'stream pattern']);
  expect(matching(SUBSCRIBE)).toEqual([
    'nDPI',
    'Zeek script',
    'IDS signatures',
    'stream pattern',
    'keywords',
  ]);
  expect(matching(HEAD + GETWORK)).toEqual(['nDPI', 'Zeek script', 'stream pattern']);
});

test('a packet rule does not match across two packets', () => {
  expect(matching(LOGIN.slice(0, 30), LOGIN.slice(30))).toEqual(['stream pattern']);
  expect(matching(HEAD, GETWORK)).toEqual(['Zeek script', 'stream pattern']);
});

test('nDPI matches any JSON-RPC, the Zeek script only mining methods', () => {
  expect(matching('{"jsonrpc":"2.0","method":"tools/list","id":1}')).toEqual(['nDPI']);
});

test('the Zeek script needs exactly one method', () => {
  expect(matching(`${SUBSCRIBE}{"id":2,"method":"mining.authorize","params":[]}`)).not.toContain(
    'Zeek script',
  );
});
