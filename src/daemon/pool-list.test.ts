import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PoolList } from './pool-list.ts';

let directory: string;
let path: string;
let messages: string[];
let list: PoolList;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vigia-pools-'));
  path = join(directory, 'pools');
  messages = [];
  const write = (line: string) => void messages.push((JSON.parse(line) as { msg: string }).msg);
  list = new PoolList(path, pino({ base: null }, { write }));
});

afterEach(() => rm(directory, { recursive: true }));

/** As Kubernetes does with a ConfigMap, and good editors with a file: at once, as another file. */
async function replaceWith(text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
  await list.refresh();
}

test('a file is read again when it changes, and only then', async () => {
  await replaceWith('one.example\n');
  expect(list.poolOf('a.one.example')).toBe('one.example');
  await list.refresh();
  await replaceWith('two.example\n');
  expect(list.poolOf('a.one.example')).toBeUndefined();
  expect(list.poolOf('a.two.example')).toBe('two.example');
  expect(messages).toEqual(Array(2).fill(`read the list of mining pools in ${path}`));
});

test('a file with errors names the first line, and what was known stays', async () => {
  await replaceWith('one.example\n');
  await replaceWith('two.example\nhttp://x\nalso bad\n');
  expect(list.poolOf('one.example')).toBe('one.example');
  expect(list.poolOf('two.example')).toBeUndefined();
  expect(messages.at(-1)).toBe(
    `${path}: line 2: no domain name: "http://x" (and 1 more); keeping the previous list of mining pools`,
  );
});

test('a file that is not there is told of once, and read when it comes', async () => {
  await list.refresh();
  await list.refresh();
  expect(messages).toEqual([`cannot read ${path}; keeping the previous list of mining pools`]);
  await replaceWith('one.example\n');
  expect(list.poolOf('one.example')).toBe('one.example');
});

test('a file that is too large to be one is not read', async () => {
  await replaceWith('#'.repeat(2 * 1024 ** 2));
  expect(messages).toEqual([`cannot read ${path}; keeping the previous list of mining pools`]);
});

test('our own names are known whatever the file says', async () => {
  await replaceWith('one.example\n');
  expect(list.poolOf('pool.supportxmr.com')).toBe('supportxmr.com');
});
