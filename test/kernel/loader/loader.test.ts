import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runInside, startInside, until } from '../../../lab/process/process.ts';
import { ownTemporaryDirectory } from '../../../lab/process/temporary.ts';
import { openScene, type Scene } from '../../../lab/scene/scene.ts';
import {
  datagramPair,
  datagrams,
  NOTHING,
  openStage,
  sendDatagrams,
  traffic,
} from '../../../lab/scene/stage.ts';
import { leavesNoTrace, namesIn, pinnedBelow } from '../../../lab/scene/traces.ts';
import { LockError } from '../../../src/kernel/files/lock.ts';
import { attachedBelow } from '../../../src/kernel/load/attachments.ts';
import { load, unload } from '../../../src/kernel/load/loader.ts';

/** With this running, bpftool fails in one of six walks of the tree. */
const COMING_AND_GOING = `
  const { mkdirSync, rmdirSync } = require('node:fs');
  const paths = Array.from({ length: 20 }, (_, i) => process.argv[1] + '/' + i);
  for (;;) {
    for (const path of paths) mkdirSync(path);
    for (const path of paths) rmdirSync(path);
  }`;

/** By name: sent and received packets, and closing sockets. */
const ATTACHED = ['count_receive', 'count_transmit', 'note_release', 'see_device', 'see_sysctl'];

const attachedIn = async ({ bpftool, cgroup }: Scene) =>
  (await attachedBelow(bpftool, cgroup)).map(({ name }) => name).sort();

describe('loading again', () => {
  test('with the same settings changes nothing', async () => {
    await using scene = await openScene();
    const before = await pinnedBelow(scene.bpftool, scene.options.bpffs);
    expect(await load(scene.bpftool, scene.options)).toBe('unchanged');
    expect(await pinnedBelow(scene.bpftool, scene.options.bpffs)).toEqual(before);
  });

  test('with other settings takes over the counters, which stay or grow', async () => {
    await using stage = await openStage();
    const { scene } = stage;
    const [west, east] = [stage.peer('west'), stage.peer('east')];
    const pair = await datagramPair(west, east, stage.network.east.addresses[4]);
    await sendDatagrams(pair, { count: 100, size: 100 });
    const idle = scene.makeCgroup('idle');
    await runInside(idle, ['true']);
    const before = scene.usage();
    const idleRow = scene.usageOf(idle);
    const old = await pinnedBelow(scene.bpftool, scene.options.bpffs);

    const other = { ...scene.options, uid: 65533, retentionMs: 1000 };
    expect(await load(scene.bpftool, other)).toBe('taken over');
    const table = statSync(join(other.bpffs, 'current/tables/usage'));
    expect([table.uid, table.mode & 0o777]).toEqual([65533, 0o400]);
    expect(scene.usageOf(idle)).toEqual(idleRow);
    for (const row of before) {
      const now = scene.usage().find(({ slot }) => slot === row.slot);
      expect(now?.bornNs).toBe(row.bornNs);
      expect(now?.cpu.oncpuNs).toBeGreaterThanOrEqual(row.cpu.oncpuNs);
    }
    await sendDatagrams(pair, { count: 100, size: 100 });
    const sent = traffic(scene.usageOf(west.cgroup), 'transmit', 'udp');
    expect(sent).toEqual(datagrams(4, 200, 100));
    const now = await pinnedBelow(scene.bpftool, scene.options.bpffs);
    expect(now.map).toEqual(old.map);
    expect(now.prog.filter((id) => old.prog.includes(id))).toEqual([]);
  });

  test('with a different table size starts at zero, and reports this', async () => {
    await using stage = await openStage();
    const { scene } = stage;
    const [west, east] = [stage.peer('west'), stage.peer('east')];
    const pair = await datagramPair(west, east, stage.network.east.addresses[4]);
    await sendDatagrams(pair, { count: 100, size: 100 });
    const smaller = { ...scene.options, mapMemoryBytes: scene.options.mapMemoryBytes / 4 };
    expect(await load(scene.bpftool, smaller)).toBe('restarted');
    expect(traffic(scene.usageOf(west.cgroup), 'transmit', 'udp')).toEqual(NOTHING);
    await sendDatagrams(pair, { count: 10, size: 100 });
    const sent = traffic(scene.usageOf(west.cgroup), 'transmit', 'udp');
    expect(sent).toEqual(datagrams(4, 10, 100));
    expect(await attachedIn(scene)).toEqual(ATTACHED);
  });

  test('counts each packet once, including those during the hand-over', async () => {
    await using stage = await openStage();
    const { scene } = stage;
    const [west, east] = [stage.peer('west'), stage.peer('east')];
    const pair = await datagramPair(west, east, stage.network.east.addresses[4]);
    let sent = 0;
    for (const uid of [1001, 1002, 1003]) {
      let isLoading = true;
      const loading = load(scene.bpftool, { ...scene.options, uid }).finally(() => {
        isLoading = false;
      });
      while (isLoading) {
        await sendDatagrams(pair, { count: 50, size: 100 });
        sent += 50;
      }
      expect(await loading).toBe('taken over');
    }
    expect(traffic(scene.usageOf(west.cgroup), 'transmit', 'udp')).toEqual(datagrams(4, sent, 100));
    expect(traffic(scene.usageOf(east.cgroup), 'receive', 'udp')).toEqual(datagrams(4, sent, 100));
    expect(sent).toBeGreaterThan(1000);
  });

  test('attaches detached programs again, and keeps counting', async () => {
    await using scene = await openScene();
    const [program] = await attachedBelow(scene.bpftool, scene.cgroup);
    const { hook, id } = program ?? {};
    await scene.bpftool.run(['cgroup', 'detach', scene.cgroup, `${hook}`, 'id', `${id}`]);
    expect(await load(scene.bpftool, scene.options)).toBe('taken over');
    expect(await attachedIn(scene)).toEqual(ATTACHED);
  });

  test('is exclusive', async () => {
    await using scene = await openScene();
    let first: Promise<unknown> = Promise.resolve();
    await new Promise<unknown>((beforeStep) => {
      first = load(scene.bpftool, { ...scene.options, uid: 1001 }, { beforeStep });
    });
    await expect(load(scene.bpftool, scene.options)).rejects.toThrow(LockError);
    await expect(unload(scene.bpftool, scene.options)).rejects.toThrow('a load is running');
    expect(await first).toBe('taken over');
  });
});

describe('unloading', () => {
  test('leaves nothing, and finds nothing the second time', async () => {
    using temporary = ownTemporaryDirectory();
    await using scene = await openScene();
    const pinned = await pinnedBelow(scene.bpftool, scene.options.bpffs);
    expect(pinned.prog.length).toBeGreaterThan(10);
    expect(pinned.link.length).toBeGreaterThan(8);
    expect(await unload(scene.bpftool, scene.options)).toBe(true);
    await leavesNoTrace(scene.bpftool, scene.options, pinned);
    expect(namesIn(temporary.path)).toEqual([]);
    expect(await unload(scene.bpftool, scene.options)).toBe(false);
  });

  test.each(['load', 'unload'])(
    'and loading find what a lost bpffs left attached: %s',
    async (how) => {
      await using scene = await openScene();
      const pinned = await pinnedBelow(scene.bpftool, scene.options.bpffs);
      execFileSync('umount', [scene.options.bpffs]);
      expect(await attachedIn(scene)).toEqual(ATTACHED);
      if (how === 'load') {
        const lost: string[] = [];
        const onRepair = (what: readonly string[]) => void lost.push(...what);
        expect(await load(scene.bpftool, scene.options, { onRepair })).toBe('started');
        expect(lost).toEqual(['the pins of 5 attached programs']);
        expect(await attachedIn(scene)).toEqual(ATTACHED);
      }
      await unload(scene.bpftool, scene.options);
      await leavesNoTrace(scene.bpftool, scene.options, pinned);
    },
  );

  test('and loading work while cgroups constantly come and go', async () => {
    await using scene = await openScene();
    const command = [process.execPath, '-e', COMING_AND_GOING, scene.makeCgroup('busy')];
    await using _ = await startInside(scene.cgroup, command);
    await until('cgroups to come', () => readdirSync(join(scene.cgroup, 'busy')).includes('9'));
    for (const uid of [1001, 1002, 1003, 1004, 1005])
      expect(await load(scene.bpftool, { ...scene.options, uid })).toBe('taken over');
  });
});
