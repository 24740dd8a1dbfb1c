import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Bpftool } from '../bpftool.ts';
import { asShell, inParallel, perform, type Step } from './step.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "vigia steps of 'ours' "));
  const bpftool = '#!/bin/sh\nprintf "%s\\n" "$@" >"$(dirname "$0")/arguments"';
  writeFileSync(join(root, 'bpftool'), bpftool, { mode: 0o755 });
});
afterEach(() => rmSync(root, { recursive: true }));

const carryOut = {
  'by us': (step: Step) => perform(step, new Bpftool(join(root, 'bpftool'))),
  'by a shell': async (step: Step) => {
    const env = { PATH: `${root}:${process.env['PATH']}` };
    execFileSync('sh', ['-e', '-u', '-c', asShell(step)], { env, stdio: 'ignore' });
  },
};

describe.each(Object.entries(carryOut))('a step carried out %s', (_, run) => {
  const at = (name: string) => join(root, name);

  test('creates directories, whether or not they exist', async () => {
    const step: Step = { do: 'mkdir', path: at('a/b'), mode: 0o711 };
    await run(step);
    chmodSync(at('a/b'), 0o700);
    await run(step);
    expect(statSync(at('a/b')).mode & 0o777).toBe(0o711);
  });

  test('renames, replacing a file or a link to a directory', async () => {
    await run({ do: 'mkdir', path: at('v1'), mode: 0o755 });
    for (const target of ['v1', 'v2']) {
      await run({ do: 'remove', path: at('next') });
      await run({ do: 'symlink', path: at('next'), target });
      await run({ do: 'rename', path: at('next'), to: at('current') });
    }
    expect(readlinkSync(at('current'))).toBe('v2');
    expect(existsSync(at('next'))).toBe(false);
  });

  test('removes a tree but not the targets of links, and ignores a missing path', async () => {
    await run({ do: 'mkdir', path: at('gone/deep'), mode: 0o755 });
    await run({ do: 'mkdir', path: at('kept'), mode: 0o755 });
    await run({ do: 'symlink', path: at('gone/link'), target: at('kept') });
    for (const path of [at('gone'), at('gone')]) await run({ do: 'remove', path });
    expect([existsSync(at('gone')), existsSync(at('kept'))]).toEqual([false, true]);
  });

  test('changes mode and owner', async () => {
    const { uid } = lstatSync(root);
    await run({ do: 'mkdir', path: at('table'), mode: 0o700 });
    await run({ do: 'chmod', path: at('table'), mode: 0o400 });
    await run({ do: 'chown', path: at('table'), uid });
    expect(statSync(at('table'))).toMatchObject({ uid, gid: uid });
    expect(statSync(at('table')).mode & 0o777).toBe(0o400);
  });

  test('reads a file, and fails if it is missing', async () => {
    await run({ do: 'read', path: at('bpftool') });
    await expect(run({ do: 'read', path: at('nothing') })).rejects.toThrow();
  });

  test('passes arguments to bpftool unchanged', async () => {
    const args = ['map', 'a b', "it's", '$HOME', '*', '', '"', 'key', '0'];
    await run({ do: 'bpftool', args });
    expect(readFileSync(at('arguments'), 'utf8')).toBe(`${args.join('\n')}\n`);
  });
});

test('an aborted step is not carried out', async () => {
  const step: Step = { do: 'mkdir', path: join(root, 'never'), mode: 0o700 };
  const called = perform(step, new Bpftool('bpftool'), AbortSignal.abort());
  await expect(called).rejects.toThrow('aborted');
  expect(existsSync(step.path)).toBe(false);
});

describe('lists of steps that are carried out together', () => {
  const step = (path: string): Step => ({ do: 'read', path });

  test('are each in order, and all complete at the end', async () => {
    const done: string[] = [];
    await inParallel(
      [['a1', 'a2', 'a3'].map(step), ['b1'].map(step), ['c1', 'c2'].map(step)],
      (each) => {
        done.push((each as { path: string }).path);
        return Promise.resolve();
      },
    );
    expect(done.filter((path) => path.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(done.toSorted()).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'c2']);
  });

  test('start no step after a failure, and wait for the running ones', async () => {
    let endSlow = () => {};
    const slow = new Promise<void>((resolve) => {
      endSlow = resolve;
    });
    const begun: string[] = [];
    let hasEnded = false;
    const running = inParallel(
      [['slow', 'never'].map(step), ['bad'].map(step), ['late'].map(step)],
      (each) => {
        const { path } = each as { path: string };
        begun.push(path);
        if (path === 'slow') return slow;
        return Promise.reject(new Error(path));
      },
    ).catch((error: Error) => {
      hasEnded = true;
      return error.message;
    });
    await new Promise(setImmediate);
    const isSideBySide = begun.includes('bad'); // false on a machine with one CPU
    expect(hasEnded).toBe(false);
    endSlow();
    expect(await running).toBe(isSideBySide ? 'bad' : 'never');
    expect(begun).toEqual(isSideBySide ? ['slow', 'bad'] : ['slow', 'never']);
  });

  test('become one script', () => {
    const steps: Step = { do: 'together', lists: [[step('/a')], [step('/b'), step('/c')]] };
    expect(asShell(steps)).toBe('cat /a > /dev/null\ncat /b > /dev/null\ncat /c > /dev/null');
  });
});
