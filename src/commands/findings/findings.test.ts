import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findingSnapshot } from '../../api/grpc/finding-snapshot.fixture.ts';
import { Served } from '../../api/grpc/served.fixture.ts';
import { finding } from '../../core/mining/findings.fixture.ts';
import { Program } from '../program.fixture.ts';

let served: Served;
let program: Program;

beforeEach(async () => {
  served = await Served.start();
  program = new Program(served.path);
});

afterEach(async () => {
  program[Symbol.dispose]();
  await served[Symbol.asyncDispose]();
});

const findings = (...args: readonly string[]) => program.run(['findings', ...args]);

test('findings are printed as stories, or filtered and in other formats', async () => {
  const [text, table, json] = await Promise.all([
    findings(),
    findings('-o', 'table', '--min-score=50'),
    findings('-o', 'json', '--namespace=shop', '--pod=web'),
  ]);
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toMatch(/^shop\/web-0 {3}MINING, score 100 of 100\n/);
  expect(text.stdout.match(/^\S/gm)).toHaveLength(4);
  expect(table.stdout.split('\n').map((line) => line.split(/ +/)[1])).toEqual([
    'POD',
    'web-0',
    'backup.service',
    undefined,
  ]);
  expect(JSON.parse(json.stdout)).toEqual(
    JSON.parse(JSON.stringify(findingSnapshot.findings.slice(0, 1))),
  );
});

test('without findings prints a note to stderr and nothing to stdout', async () => {
  expect(await findings('--namespace=nobody')).toEqual({
    code: 0,
    stdout: '',
    stderr: 'No findings.\n',
  });
});

test('says if the daemon has mining detection off', async () => {
  served.findings = () => ({ ...findingSnapshot, findings: [], isLooking: false });
  const { code, stderr } = await findings();
  expect(code).toBe(0);
  expect(stderr).toBe('No findings: mining detection is off (--mining=off).\n');
});

test('without a daemon exits 1 and says how to start it, with or without --watch', async () => {
  for (const watch of [[], ['--watch']]) {
    const { code, stdout, stderr } = await findings(...watch, '--socket=/nowhere.sock');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^vigia: cannot reach the daemon at \/nowhere\.sock: no such file\. Start it with: /,
    );
  }
});

test('a flag of another command exits 2', async () => {
  expect(await findings('--peer=10.0.0.1')).toMatchObject({ code: 2, stdout: '' });
});

test('watching shows newer findings until a signal, and then exits 0', async () => {
  served.findings = () => ({ ...findingSnapshot, findings: [] });
  const child = program.start(['findings', '--watch', '-o', 'json']);
  const scores: number[][] = [];
  for await (const line of createInterface(child.stdout)) {
    scores.push(JSON.parse(line).map(({ score }: { score: number }) => score));
    if (scores.length === 3) child.kill('SIGINT');
    else served.tick({ findings: [finding({ score: 80 + scores.length })] });
  }
  expect(scores).toEqual([[], [81], [82]]);
  expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0);
}, 20_000);

test('watching fails with a message when the daemon ends', async () => {
  const child = program.run(['findings', '--watch']);
  while (served.watchers.size === 0) await new Promise((resolve) => setImmediate(resolve));
  await served.stop();
  const { code, stderr } = await child;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^vigia: /);
}, 20_000);

test('watching ends when the reader of its output is gone', async () => {
  const child = program.start(['findings', '--watch', '-o', 'json']);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const exit = once(child, 'exit');
  const again = setInterval(
    () => served.tick({ findings: [finding({ score: Date.now() % 97 })] }),
    50,
  );
  expect(await exit).toEqual([0, null]);
  clearInterval(again);
}, 20_000);
