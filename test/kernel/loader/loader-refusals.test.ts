import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openForeign } from '../../../lab/scene/foreign.ts';
import { openScene, removeCgroups, sceneOptions } from '../../../lab/scene/scene.ts';
import { leavesNoTrace, pinnedBelow } from '../../../lab/scene/traces.ts';
import { Bpftool, BpftoolError, findBpftool } from '../../../src/kernel/bpftool.ts';
import { attachedBelow } from '../../../src/kernel/load/attachments.ts';
import type { LoadOptions } from '../../../src/kernel/load/load-plan.ts';
import { load, unload } from '../../../src/kernel/load/loader.ts';
import { PinsError } from '../../../src/kernel/load/pins.ts';

const NOTHING = { prog: [], map: [], link: [] };

let bpftool: Bpftool;
let options: LoadOptions;
let temporary: string;

beforeAll(async () => {
  bpftool = await findBpftool(process.env['VIGIA_BPFTOOL']);
  options = await sceneOptions();
  temporary = mkdtempSync(join(tmpdir(), 'vigia-tmp-'));
  chmodSync(temporary, 0o755);
});

afterAll(async () => {
  await unload(bpftool, options);
  removeCgroups(options.cgroup.path);
  rmSync(temporary, { recursive: true });
});

/** A bpftool that fails if its arguments match a shell pattern, and otherwise works. */
function failingAt(pattern: string, message: string): Bpftool {
  const path = join(temporary, 'bpftool');
  const script = `#!/bin/sh
    case "$*" in ${pattern}) echo "${message}" >&2; exit 255;; esac
    exec '${bpftool.path}' "$@"`;
  writeFileSync(path, script, { mode: 0o755 });
  return new Bpftool(path);
}

describe('a failing load reports the reason and leaves nothing', () => {
  test('without bpftool', async () => {
    const loading = load(new Bpftool('/nowhere/bpftool'), options);
    await expect(loading).rejects.toThrow(BpftoolError);
    await expect(loading).rejects.toThrow('→ bpftool not found: install it, or set its path');
    await leavesNoTrace(bpftool, options, NOTHING);
  });

  test('with a bpftool that is too old', async () => {
    const old = failingAt('*autoattach', "Error: expected no more arguments, 'autoattach'?");
    await expect(load(old, options)).rejects.toThrow(
      '→ bpftool is too old: Vigia needs 7.3 or newer',
    );
    await leavesNoTrace(bpftool, options, NOTHING);
  });

  test.each([
    ['the first table', "'map create'*"],
    ['the last capture', '*loadall*tcp.bpf.o*'],
    ['a table', '*usage.iter.bpf.o*'],
    ['the first program', '*attach*egress*'],
    ['the second', '*attach*ingress*'],
    ['the hand-over', '*map\\ update*'],
  ])('if bpftool fails at %s: with its message', async (_, pattern) => {
    const loading = load(failingAt(pattern, 'Error: it is not to be'), options);
    await expect(loading).rejects.toThrow(/^bpftool .*\nError: it is not to be/);
    await leavesNoTrace(bpftool, options, NOTHING);
  });

  test('and the previous version stays current if the hand-over fails', async () => {
    await using scene = await openScene();
    const before = await pinnedBelow(scene.bpftool, scene.options.bpffs);
    const failing = failingAt('*map\\ update*', 'Error: it is not to be');
    await expect(load(failing, { ...scene.options, uid: 1001 })).rejects.toThrow('not to be');
    expect(await pinnedBelow(scene.bpftool, scene.options.bpffs)).toEqual(before);
    expect(await load(scene.bpftool, scene.options)).toBe('unchanged');
  });

  test('for a cgroup that does not exist', async () => {
    const path = `${options.cgroup.path}-not`;
    const loading = load(bpftool, { ...options, cgroup: { ...options.cgroup, path } });
    await expect(loading).rejects.toThrow(path);
    await leavesNoTrace(bpftool, options, NOTHING);
  });

  test('with too little memory for the tables', async () => {
    const loading = load(bpftool, { ...options, mapMemoryBytes: 1000 });
    await expect(loading).rejects.toThrow(/need at least --map-memory \d+MiB$/);
    await leavesNoTrace(bpftool, options, NOTHING);
  });

  test('below another vendor’s exclusive program, which stays', async () => {
    await using foreign = await openForeign(bpftool, options.cgroup.path, 'exclusive');
    const loading = load(bpftool, options);
    await expect(loading).rejects.toThrow(
      '→ another program, attached to this cgroup or above it without `multi`, excludes',
    );
    expect(await attachedBelow(bpftool, options.cgroup.path)).toMatchObject([{ id: foreign.id }]);
  });

  test('without privileges', () => {
    const script = `
      import { Bpftool } from '${import.meta.dirname}/../../../src/kernel/bpftool.ts';
      import { load } from '${import.meta.dirname}/../../../src/kernel/load/loader.ts';
      await load(new Bpftool('${bpftool.path}'), ${JSON.stringify(options)})
        .catch((error) => console.log(error.name, error.message));`;
    const { stdout, stderr } = spawnSync(
      'setpriv',
      ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, '-e', script],
      { encoding: 'utf8', cwd: '/', env: { TMPDIR: '/tmp' } },
    );
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^PinsError cannot create .*: EACCES\n→ run as root$/m);
  });
});

describe('a directory of pins that is not Vigia’s is left alone', () => {
  test('if it is not a bpffs and contains files', async () => {
    const path = join(temporary, 'full');
    mkdirSync(path);
    writeFileSync(join(path, 'file'), '');
    const loading = load(bpftool, { ...options, bpffs: path });
    await expect(loading).rejects.toThrow(PinsError);
    await expect(loading).rejects.toThrow(
      `${path} is not a bpffs and not empty (file): choose another --bpffs`,
    );
  });

  test('if it contains other pins', async () => {
    await using scene = await openScene();
    const foreign = join(scene.options.bpffs, 'cilium');
    mkdirSync(foreign);
    for (const deed of [load, unload]) {
      const doing = deed(scene.bpftool, scene.options);
      await expect(doing).rejects.toThrow(
        `${foreign} belongs to another program: choose another --bpffs`,
      );
    }
    expect(await attachedBelow(scene.bpftool, scene.cgroup)).toHaveLength(5);
    rmdirSync(foreign);
    expect(await load(scene.bpftool, scene.options)).toBe('unchanged');
  });

  test('if it is on another vendor’s bpffs, which stays', async () => {
    const mount = join(temporary, 'theirs');
    mkdirSync(join(mount, 'vigia'), { recursive: true });
    execFileSync('mount', ['-t', 'bpf', 'theirs', mount]);
    try {
      const theirs = { ...options, bpffs: join(mount, 'vigia') };
      mkdirSync(join(mount, 'cilium'));
      expect(await load(bpftool, theirs)).toBe('started');
      expect(await unload(bpftool, theirs)).toBe(true);
      await leavesNoTrace(bpftool, theirs, NOTHING);
      rmdirSync(join(mount, 'cilium'));
    } finally {
      execFileSync('umount', [mount]);
    }
  });
});

test('programs that others attached with `multi` run beside Vigia’s, and stay afterwards', async () => {
  await using foreign = await openForeign(bpftool, options.cgroup.path, 'multi');
  expect(await load(bpftool, options)).toBe('started');
  const names = (await attachedBelow(bpftool, options.cgroup.path)).map(({ name }) => name);
  expect(names.sort()).toEqual([
    'count_receive',
    'count_transmit',
    'foreign',
    'note_release',
    'see_device',
    'see_sysctl',
  ]);
  await unload(bpftool, options);
  expect(await attachedBelow(bpftool, options.cgroup.path)).toMatchObject([{ id: foreign.id }]);
});

test('bpftool is searched only at the given path', async () => {
  await expect(findBpftool('/nowhere/bpftool')).rejects.toThrow(
    /bpftool 7.3 or newer is required; \/nowhere\/bpftool does not exist\n→ install it/,
  );
  const old = join(temporary, 'old');
  writeFileSync(old, '#!/bin/sh\necho "Usage: bpftool prog"', { mode: 0o755 });
  await expect(findBpftool(old)).rejects.toThrow(`${old} is too old (no autoattach)`);
});
