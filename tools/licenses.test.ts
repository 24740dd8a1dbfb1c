import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { complaintAbout, isAllowed } from './licenses.ts';
import { shippedPackages } from './lock-file.ts';

const ROOT = join(import.meta.dirname, '..');
const packages = shippedPackages(join(ROOT, 'package-lock.json'));

test.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0)', true],
  ['MIT AND Apache-2.0', true],
  ['MIT AND GPL-3.0', false],
  ['GPL-3.0', false],
  ['(MIT OR (GPL-3.0 AND ISC))', false],
  ['SEE LICENSE IN FILE', false],
  ['UNLICENSED', false],
  ['', false],
])('%j may ship: %s', (license, wanted) => expect(isAllowed(license)).toBe(wanted));

test('shipped packages have allowed licenses; any other license is reported with its package', () => {
  expect(complaintAbout(packages)).toBeUndefined();
  const other = { path: 'x', name: 'left-pad', version: '1.0.0', license: 'AGPL-3.0' };
  expect(complaintAbout([...packages, other])).toContain('left-pad@1.0.0: AGPL-3.0');
});

test('all packages with code in the bundle are checked, and are in the bill of materials', () => {
  const bom = JSON.parse(readFileSync(join(ROOT, 'deploy/image/sbom.cdx.json'), 'utf8')) as {
    readonly components: readonly { readonly name: string; readonly version: string }[];
  };
  const listed = new Set(bom.components.map(({ name, version }) => `${name}@${version}`));
  for (const { name, version } of packages) expect(listed).toContain(`${name}@${version}`);
  const names = new Set(packages.map(({ name }) => name));
  const bundles = readdirSync(join(ROOT, 'dist')).filter((file) => file.endsWith('.mjs'));
  expect(bundles).toContain('vigia.mjs');
  for (const bundle of bundles) {
    const text = readFileSync(join(ROOT, 'dist', bundle), 'utf8');
    const files = text.matchAll(/^\/\/(?:#region)? \S*node_modules\/((?:@[^/]+\/)?[^/]+)\//gm);
    const bundled = new Set(Array.from(files, ([, name]) => name));
    expect(bundled.size).toBeGreaterThan(1);
    for (const name of bundled) expect(names).toContain(name);
  }
});
