import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { asUser } from '../../lab/process/as-user.ts';
import { endWithTests } from '../../lab/process/children.ts';
import { compiled, endNow, until } from '../../lab/process/process.ts';
import { removeTree } from '../../src/kernel/files/remove-tree.ts';

const STRANGER = 4242;
/** Within the first of these, Node's own `rm` removes the targets of the links. */
const SECONDS = 2;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vigia-remove-'));
  chmodSync(root, 0o755);
});
afterEach(() => rmSync(root, { recursive: true }));

test('root removes only the tree of a user who swaps in links meanwhile', async () => {
  const [own, victim] = [join(root, 'own'), join(root, 'victim')];
  for (const path of [own, victim]) mkdirSync(path);
  chownSync(own, STRANGER, STRANGER);
  for (let i = 0; i < 100; i++) writeFileSync(join(victim, `${i}`), '');
  copyFileSync(compiled('swap'), join(root, 'swap')); // the checkout may be private to its owner
  const [program = '', ...words] = asUser(STRANGER, join(root, 'swap'), own, victim);
  const swapper = endWithTests(spawn(program, words, { stdio: 'inherit' }));
  await until('the swapping', () => existsSync(join(own, 'tree')));
  let removed = 0;
  for (const endMs = performance.now() + SECONDS * 1000; performance.now() < endMs; removed++)
    await removeTree(join(own, 'tree'));
  await endNow(swapper);
  expect(removed).toBeGreaterThan(100);
  expect(readdirSync(victim)).toHaveLength(100);
  await removeTree(own);
  expect(readdirSync(root).sort()).toEqual(['swap', 'victim']);
});
