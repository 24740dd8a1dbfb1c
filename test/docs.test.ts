import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const PAGES = globSync(['*.md', '{bench,deploy,docs}/**/*.md'], { cwd: ROOT });

/** GitHub's anchors of headings: words in lower case, joined by hyphens. */
function anchorsOf(markdown: string): string[] {
  return Array.from(markdown.matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Links to missing files and anchors. */
function brokenLinks(page: string): string[] {
  const markdown = readFileSync(join(ROOT, page), 'utf8');
  const links = Array.from(markdown.matchAll(/\]\(([^)\s]+)\)/g), ([, link = '']) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path);
    if (!existsSync(target)) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
  });
}

test('the pages are found', () => {
  expect(PAGES).toEqual(expect.arrayContaining(['README.md', 'docs/security.md']));
});

/** Lines of prose beyond 120 columns. Tables, code, and lines with a URL may be wider. */
function wideLines(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8').replace(/^ *```.*?^ *```$/gms, '');
  return text
    .split('\n')
    .filter((line) => line.length > 120 && !line.startsWith('|') && !line.includes('://'));
}

test.each(PAGES)('%s wraps its prose at 120 columns', (page) => {
  expect(wideLines(page)).toEqual([]);
});

test.each(PAGES)('all links of %s work', (page) => {
  expect(brokenLinks(page)).toEqual([]);
});

test('each promise of docs/security.md names the test that proves it', () => {
  const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');
  const [, table = ''] = /## What is promised\n\n(.*?)\n\n/s.exec(page) ?? [];
  const [, , ...promises] = table.split('\n');
  expect(promises.length).toBeGreaterThan(5);
  for (const promise of promises) expect(promise).toMatch(/\]\(\.\.\/[^)]+\.(?:test|long)\.ts\)/);
});
