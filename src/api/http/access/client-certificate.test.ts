import { expect, test } from 'vitest';
import { alternativeNames } from './client-certificate.ts';

test.each([
  ['DNS:a.example, DNS:b.example', ['a.example', 'b.example']],
  ['IP Address:192.0.2.1', ['192.0.2.1']],
  ['IP Address:2001:DB8:0:0:0:0:0:1', ['8193:3512:0:0:0:0:0:1']],
  ['email:a@b.example, URI:spiffe://x/y', ['a@b.example', 'spiffe://x/y']],
  ['URI:"spiffe://x/y, DNS:admin", DNS:c', ['spiffe://x/y, DNS:admin', 'c']],
  ['DirName:"CN=x, DNS:admin", DNS:c', ['c']],
  ['DirName:CN=DNS:admin', []],
  ['othername:<unsupported>, DNS:c', ['c']],
  ['', []],
  ['DNS:"unfinished, DNS:admin', []],
])('the names in %j are %j', (text, names) => expect(alternativeNames(text)).toEqual(names));
