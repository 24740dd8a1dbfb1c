import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../lab/process/checkout.ts';
import { runInside, until } from '../../lab/process/process.ts';
import { flagsFor, runVigia, startDaemon, VIGIA } from '../../lab/scene/daemon.ts';
import { openScene, type Scene } from '../../lab/scene/scene.ts';

/** The user that may read the scene's tables. */
const READER = { uid: 9770, gid: 9770 };

let scene: Scene;

/** Splits it like a shell. */
function wordsOf(command: string): string[] {
  const printed = execFileSync('bash', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' });
  return printed.trimEnd().split('\n');
}

beforeAll(async () => {
  scene = await openScene();
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

describe('the shipped daemon, started as root', () => {
  test('serves as user 9770 without any capability, and cannot regain one', async () => {
    await using daemon = await startDaemon(scene.options);
    const status = await readFile(`/proc/${daemon.pid}/status`, 'utf8');
    const field = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1];
    expect(field('Uid')).toBe('9770\t9770\t9770\t9770');
    expect(field('Gid')).toBe('9770\t9770\t9770\t9770');
    expect(
      ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'].map((set) => Number(`0x${field(set)}`)),
    ).toEqual([0, 0, 0, 0]);
  });

  test('shows a new workload at its next tick, on the page and in the metrics', async () => {
    await using daemon = await startDaemon(scene.options);
    await runInside(scene.makeCgroup('seen'), ['true']);
    const pod = { namespace: scene.options.cgroup.path.split('/').at(-1) ?? '', pod: 'seen' };
    await until('the workload to be seen', async () =>
      (await daemon.samples()).select('vigia_pod_info', pod).at(0),
    );
    const page = await daemon.get('/');
    expect(page).toContain('<title>Vigia on ');
    expect(page).toContain('<td>seen</td>');
    expect(page).toContain('<a href="/metrics">');
    expect(page).not.toContain('No snapshot');
  });

  test('ends with 0 within a second of SIGTERM, and prints how to unload', async () => {
    await using daemon = await startDaemon(scene.options);
    const beganMs = performance.now();
    const { code, stdout } = await daemon.end();
    expect(performance.now() - beganMs).toBeLessThan(1000);
    expect(code).toBe(0);
    const { msg } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { msg: string };
    const [, command = ''] = /To unload them: (.*)/.exec(msg) ?? [];
    expect(wordsOf(command)).toEqual(['sudo', VIGIA, 'unload', `--bpffs=${scene.options.bpffs}`]);
  });

  test('logs nothing above the level info in a healthy run of many ticks', async () => {
    await using daemon = await startDaemon(scene.options);
    const ticks = async () => (await daemon.samples()).one('vigia_tick_duration_seconds_count');
    await until('five ticks with scrapes in between', async () => (await ticks()) > 5);
    const { stderr } = await daemon.end();
    expect(stderr).toBe('');
    expect(daemon.log().filter(({ level }) => level !== 'info')).toEqual([]);
    expect(daemon.log().length).toBeLessThan(5);
  });

  test('exits with 1 if another daemon reads the same tables; that one continues', async () => {
    await using daemon = await startDaemon(scene.options);
    const flags = ['--listen=127.0.0.1:0', ...flagsFor(scene.options)];
    const second = await runVigia(['run', ...flags]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`${scene.options.bpffs}: another vigia run reads these tables`);
    expect(await daemon.get('/readyz')).toBe('ok\n');
  });
});

// Also proves that the shipped files need nothing of the checkout, which may be unreadable.
describe('the shipped daemon, started without privilege', () => {
  let directory: string;
  let program: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'vigia-shipped-'));
    program = join(directory, 'bin/vigia');
    await mkdir(join(directory, 'node_modules/node/bin'), { recursive: true, mode: 0o755 });
    await cp(process.execPath, join(directory, 'node_modules/node/bin/node'));
    for (const part of ['bin', 'dist'])
      await cp(join(ROOT, part), join(directory, part), { recursive: true });
    execFileSync('chmod', ['-R', 'a+rX', directory]);
  });

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  test('reads the tables and serves them', async () => {
    await using daemon = await startDaemon(scene.options, [], { program, ...READER });
    expect((await daemon.samples()).one('vigia_node_cpu_seconds_total')).toBeGreaterThan(0);
  });

  test('exits with 1 if nothing is loaded, and prints the command to run', async () => {
    const { code, stderr } = await runVigia(['run', '--bpffs=/nowhere'], { program, ...READER });
    expect(code).toBe(1);
    expect(stderr).toBe(
      'vigia: /nowhere is missing, so nothing is loaded; ' +
        'run as root: vigia load (or: sudo make run)\n',
    );
  });
});
