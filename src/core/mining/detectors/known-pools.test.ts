import { expect, test } from 'vitest';
import { knownPools, parsePoolNames } from './known-pools.ts';

test.each([
  ['pool.supportxmr.com', 'supportxmr.com'],
  ['supportxmr.com', 'supportxmr.com'],
  ['XMR-EU1.NanoPool.org.', 'nanopool.org'],
  ['a.b.c.pool.example.org', 'pool.example.org'],
])('%s is under %s', (name, domain) => {
  expect(knownPools(['pool.example.org'])(name)).toBe(domain);
});

test.each([
  'notsupportxmr.com',
  'supportxmr.com.example.net',
  'example.org',
  'com',
  '',
  '.',
  '....',
])('%j is under none', (name) => {
  expect(knownPools(['pool.example.org'])(name)).toBeUndefined();
});

test('a pool list has one domain per line, with comments, in any case, with or without a wildcard', () => {
  const text =
    '# ours\nPool.Example.org # the old one\n\n  *.mine.example.net.\r\n_stratum.example\n';
  const domains = ['pool.example.org', 'mine.example.net', '_stratum.example'];
  expect(parsePoolNames(text)).toEqual({ domains, errors: [] });
});

test('each invalid line is reported by its number, and the valid lines are returned', () => {
  const lines = [
    'good.example',
    'com',
    'http://pool.example/',
    '10.0.0.1',
    'a b.example',
    '-a.example',
  ];
  const { domains, errors } = parsePoolNames(lines.join('\n'));
  expect(domains).toEqual(['good.example']);
  expect(errors).toEqual([
    'line 2: no domain name: "com"',
    'line 3: no domain name: "http://pool.example/"',
    'line 4: no domain name: "10.0.0.1"',
    'line 5: no domain name: "a b.example"',
    'line 6: no domain name: "-a.example"',
  ]);
});
