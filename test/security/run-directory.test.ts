import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asUser, outcomeOf } from '../../lab/process/as-user.ts';
import { ROOT } from '../../lab/process/checkout.ts';
import { endWithTests } from '../../lab/process/children.ts';
import type { OwnRun } from '../../lab/process/own-run.ts';
import { endNow, until } from '../../lab/process/process.ts';
import { freshSamples, startDaemon, VIGIA } from '../../lab/scene/daemon.ts';
import { openVictimRun, VICTIM, type VictimRun } from '../../lab/scene/victim-run.ts';

/** The daemon's user. */
const DAEMON = 9770;

/** The default directory of the pins. */
const BPFFS = '/run/vigia/bpf';

let victimRun: VictimRun;
let run: OwnRun;

beforeAll(async () => {
  victimRun = await openVictimRun([`--uid=${DAEMON}`]);
  run = victimRun.run;
});

afterAll(async () => {
  if (victimRun) await vigia('unload');
  await victimRun?.[Symbol.asyncDispose]();
});

const vigia = (command: string, bpffs = BPFFS) => victimRun.vigia(command, bpffs);

const startRun = () =>
  startDaemon({ ...victimRun.options, bpffs: BPFFS }, ['--socket=/run/vigia/vigia.sock'], {
    program: run.program,
  });

describe("the daemon's user", () => {
  test('creates files only in its own directory, also after an unload while it runs', async () => {
    await using daemon = await startRun();
    expect(run.listing('/run/vigia', '/run/vigia/daemon')).toContain(
      '/run/vigia/vigia.sock l 0:0 777 daemon/vigia.sock',
    );
    expect((await vigia('unload')).code).toBe(0);
    const before = run.listing('/run/vigia');
    for (const attempt of [
      `ln -s ${VICTIM} /run/vigia/bpf`,
      'mkdir /run/vigia/bpf',
      `ln -sfn ${VICTIM}/file /run/vigia/vigia.sock`,
      'rm -f /run/vigia/vigia.sock',
      'mv /run/vigia/daemon /run/vigia/bpf',
      `rm -rf /run/vigia/daemon; ln -sfn ${VICTIM} /run/vigia/daemon`,
    ])
      expect([attempt, run.as(DAEMON, attempt)]).toEqual([
        attempt,
        expect.stringMatching(/denied/),
      ]);
    const names = (all: string) => all.split('\n').filter((line) => !line.includes('/daemon/'));
    expect(names(run.listing('/run/vigia'))).toEqual(names(before));
    expect((await vigia('load')).stdout).toContain('loaded; counting starts now');
    await freshSamples(daemon);
  });

  test('cannot mislead root by a link in its own directory either', async () => {
    run.asRoot('test -d /run/vigia/daemon');
    run.as(DAEMON, `cd /run/vigia/daemon && rm -f * && ln -s ${VICTIM}/file vigia.sock`);
    const before = run.listing(VICTIM);
    expect((await vigia('load')).code).toBe(0);
    const unloaded = await vigia('unload');
    expect([unloaded.code, unloaded.stdout]).toEqual([0, expect.stringContaining('unloaded')]);
    expect(run.listing(VICTIM)).toBe(before);
    run.asRoot('rm -r /run/vigia');
  });
});

describe('with the capabilities of their units', () => {
  /** Starts a command of a unit like systemd, with the daemon unit's user. */
  async function start(unit: string, command: string): Promise<string> {
    const text = readFileSync(join(ROOT, `deploy/systemd/${unit}.service`), 'utf8');
    const [, set = ''] = /^CapabilityBoundingSet=(.*)$/m.exec(text) ?? [];
    const bounds = set.toLowerCase().replaceAll(/ ?cap_/g, ',+');
    const words = ['setpriv', `--bounding-set=-all${bounds}`, '--no-new-privs', VIGIA, command];
    const place = command === 'unload' ? run.unloading : run.inside;
    const { status, stdout, stderr } = outcomeOf(place(...words, ...victimRun.flags(BPFFS)));
    expect([unit, status, stderr]).toEqual([unit, 0, '']);
    return stdout;
  }

  test('a load takes over the previous version’s directory, and an unload a killed daemon’s files', async () => {
    run.asRoot(`mkdir /run/vigia && chown 0:${DAEMON} /run/vigia && chmod 1775 /run/vigia`);
    const before = run.listing(VICTIM);
    const left = `cd /run/vigia && ln -s ${VICTIM} daemon && mkdir -p vigia.sock/x vigia.sock.next/x`;
    expect(run.as(DAEMON, left)).toBe('');
    await start('vigia-load', 'load');
    expect(run.listing(VICTIM)).toBe(before);
    expect(run.listing('/run/vigia')).toContain('/run/vigia d 0:0 755');
    expect(await start('vigia-load', 'load')).toContain('nothing changed');
    const daemon = await startRun();
    await daemon.end('SIGKILL');
    expect(run.listing('/run/vigia')).toContain('/run/vigia/daemon/vigia.sock s');
    expect(await start('vigia-unload', 'unload')).toContain('unloaded all programs');
    expect(existsSync(run.at('/run/vigia'))).toBe(false);
  });
});

describe('a link in the directory that the previous version opened to its group', () => {
  beforeAll(() => {
    run.asRoot(`mkdir /run/vigia && chown 0:${DAEMON} /run/vigia && chmod 1775 /run/vigia`);
    run.asRoot('mkdir /run/empty');
  });

  test.each([VICTIM, '/run/empty'])('is named and not followed: to %s', async (target) => {
    run.asRoot(`chown 0:${DAEMON} /run/vigia && chmod 1775 /run/vigia && rm -f /run/vigia/bpf`);
    expect(run.as(DAEMON, `ln -s ${target} /run/vigia/bpf`)).toBe('');
    const before = run.listing(target);
    for (const command of ['load', 'unload', 'run']) {
      const { code, stderr } = await vigia(command);
      expect([command, code, stderr]).toEqual([
        command,
        1,
        expect.stringContaining(
          `/run/vigia/bpf is a symbolic link of user ${DAEMON} to ${target}, and links are not followed`,
        ),
      ]);
    }
    expect([run.listing(target), run.bpffsMounts()]).toEqual([before, '']);
  });

  test('can no longer be created, and a mount behind one is removed', async () => {
    expect(run.as(DAEMON, 'ln -s /run/empty /run/vigia/other')).toContain('denied');
    run.asRoot('mount -t bpf -o mode=0755 vigia /run/empty'); // as the previous version did
    const { stderr } = await vigia('unload');
    expect(stderr).toContain('remove it, use /run/empty if you mean its target');
    expect((await vigia('unload', '/run/empty')).code).toBe(0);
    expect(run.bpffsMounts()).toBe('');
    run.asRoot('rm /run/vigia/bpf && rmdir /run/vigia');
  });
});

test('an unload empties the daemon’s directory, and follows no link out of it', async () => {
  run.asRoot('mkdir /run/shared && mount -t bpf -o mode=0755 theirs /run/shared');
  run.asRoot('mkdir /run/shared/vigia');
  const bpffs = '/run/shared/vigia';
  expect((await vigia('load', bpffs)).code).toBe(0);
  const lock = `${bpffs}/consumer-lock`;
  const deep = Array.from({ length: 100 }, () => 'd').join('/');
  expect(run.as(DAEMON, `cd ${lock} && mkdir -p ${deep} && ln -s ${VICTIM} ${deep}/out`)).toBe('');
  expect(
    run.as(DAEMON, `cd ${lock} && mkdir shut && ln -s ${VICTIM} shut/out && chmod 0 shut`),
  ).toBe('');
  const loop = `mkdir ${lock}/swap && cd ${lock}/swap; while :; do
    mkdir in; mkdir in/in; rmdir in/in in; ln -s ${VICTIM} in; rm in; done 2>/dev/null`;
  const [program = '', ...words] = run.inside(...asUser(DAEMON, 'sh', '-c', loop));
  const swapper = endWithTests(spawn(program, words, { stdio: 'ignore' }));
  await until('the swapping', () => existsSync(run.at(`${lock}/swap`)));
  const before = run.listing(VICTIM);
  const { code, stdout, stderr } = await vigia('unload', bpffs);
  expect([code, stderr, stdout]).toEqual([0, '', expect.stringContaining('unloaded')]);
  await endNow(swapper);
  expect(existsSync(run.at(bpffs))).toBe(false);
  expect(run.listing(VICTIM)).toBe(before);
  expect(readFileSync(run.at(`${VICTIM}/file`), 'utf8')).toBe('secret\n');
  run.asRoot('umount /run/shared && rmdir /run/shared');
});
