import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { plainBpffs } from './kernel/files/plain-bpffs.fixture.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real program as it stands, as nobody where the test is root. */
function vigia(args: string[], env: Record<string, string> = {}, user = NOBODY): Promise<Ended> {
  const options = { env: { PATH: process.env['PATH'] ?? '', ...env }, ...user };
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], options, (err, stdout, stderr) => {
      resolve({ code: typeof err?.code === 'number' ? err.code : err ? -1 : 0, stdout, stderr });
    });
  });
}

describe('the command line', () => {
  test('alone, and with --help, is answered with the usage', async () => {
    const [alone, help] = await Promise.all([vigia([]), vigia(['--help'])]);
    expect(alone).toMatchObject({ code: 0, stderr: '' });
    expect(alone.stdout).toContain('Usage: vigia COMMAND');
    expect(alone.stdout).toMatch(/^Check:\n {2}doctor +Checks whether/m);
    expect(alone.stdout).not.toContain('--interval');
    expect(help.stdout).toBe(alone.stdout);
  });

  test('with a command and --help shows the flags of that command only', async () => {
    const { code, stdout } = await vigia(['record', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: vigia record DIR');
    expect(stdout).toContain('--max-size');
    expect(stdout).toMatch(/^ {2}--interval +How often/m);
    expect(stdout).not.toMatch(/^ {2}--(replay|listen)/m);
  });

  test('with an unknown command exits 2 and names the one that was meant', async () => {
    expect(await vigia(['docter'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'vigia: unknown command "docter"; did you mean doctor?\nFor help: vigia --help\n',
    });
  });

  test('with wrong settings exits 2 and tells all of them', async () => {
    const { code, stderr } = await vigia(['run', '--interval=0s', '--lisen=:1'], {
      VIGIA_UID: '0',
    });
    expect(code).toBe(2);
    expect(stderr.split('\n').map((line) => line.split(':')[1]?.trim())).toEqual([
      '--lisen',
      '--interval',
      'VIGIA_UID (environment)',
      'vigia --help',
      undefined,
    ]);
  });

  test('with an operand that the command does not take exits 2', async () => {
    expect(await vigia(['version', 'now'])).toMatchObject({ code: 2 });
  });
});

test('the version is told in one line, or as JSON', async () => {
  const [line, json] = await Promise.all([vigia(['--version']), vigia(['version', '-o', 'json'])]);
  expect(line.stdout).toMatch(/^vigia \d+\.\d+\.\d+( \([\da-f]{12}\))?, Node v\d+\S+, \w+-\w+\n$/);
  expect(JSON.parse(json.stdout)).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  });
});

describe.runIf(process.platform === 'linux')('vigia run', () => {
  const running = new Set<ChildProcess>();

  afterEach(() => {
    for (const child of running) child.kill('SIGKILL');
    running.clear();
  });

  /** Starts it and waits for the line that says where it serves. */
  async function serve(...args: string[]): Promise<{ child: ChildProcess; url: string }> {
    const child = spawn(process.execPath, [MAIN, 'run', '--listen=127.0.0.1:0', ...args]);
    running.add(child);
    for await (const line of createInterface(child.stdout)) {
      const url = /see (http:\S+)\/metrics/.exec(line)?.[1];
      if (url !== undefined) return { child, url };
    }
    throw new Error('ended before it served');
  }

  test('without privilege and without a load exits 1 with the command to run', async () => {
    const { code, stderr } = await vigia(['run', '--bpffs=/nowhere/bpf']);
    expect(code).toBe(1);
    expect(stderr).toBe(
      'vigia: /nowhere/bpf is missing, so nothing is loaded; ' +
        'run as root: vigia load (or: sudo make run)\n',
    );
  });

  test('serves a recorded tape, and ends with 0 at SIGTERM within a second', async () => {
    await using bpffs = await plainBpffs(4.5e9);
    const directory = await mkdtemp(join(tmpdir(), 'vigia-tape-'));
    const root = process.getuid?.() === 0 ? { uid: 0, gid: 0 } : {};
    const args = [`--bpffs=${bpffs.path}`, '--ticks=2', '--interval=1s', '--node-name=n3'];
    const recorded = await vigia(['record', directory, ...args], {}, root);
    expect(recorded).toMatchObject({ code: 0, stderr: '' });
    expect(recorded.stdout).toContain(`To serve them on any host: vigia run --replay ${directory}`);

    const { child, url } = await serve('--replay', directory, `--socket=${directory}.sock`);
    const scrape = await (await fetch(`${url}/metrics`)).text();
    expect(scrape).toMatch(/^vigia_node_cpu_seconds_total 4\.5$/m);
    const beganMs = performance.now();
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(performance.now() - beganMs).toBeLessThan(1500);
    await rm(directory, { recursive: true });
  });
});
