import { mkdtemp, readdir, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TABLE_NAMES } from './catalog.ts';
import { cpuBytes, NO_ROWS, pathBytes, usageBytes } from './table-rows.fixture.ts';
import { Tape } from './tape.ts';
import { TapeError } from './tape-format.ts';
import { TapeRecorder, type TickRecord } from './tape-recorder.ts';
import { answerRow, clueRow, connectionRow, flowRow, footprintRow } from './wire.gen.ts';

const MIB = 1024 ** 2;
const about = { version: '1.2.3', intervalMs: 5000, nodeName: 'n1' };

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vigia-tape-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

function tickAt(second: number, paths: ReadonlyMap<number, string> = new Map()): TickRecord {
  return {
    wallMs: 1_000_000 + second * 1000,
    monotonicNs: second * 1e9,
    maxCgroups: 512,
    hasPackets: true,
    ...NO_ROWS,
    usage: usageBytes([{ cgroupId: 7, slot: 3, oncpuNs: second }]),
    cpu: cpuBytes([{ startedNs: 1 }]),
    path: pathBytes([{ cgroupId: 7, path: '/a' }]),
    flow: new Uint8Array(flowRow.size).fill(second),
    connection: new Uint8Array(connectionRow.size).fill(second),
    answer: new Uint8Array(answerRow.size).fill(second),
    footprint: new Uint8Array(footprintRow.size).fill(second),
    clue: new Uint8Array(clueRow.size).fill(second),
    paths,
  };
}

async function recordTicks(...ticks: TickRecord[]): Promise<void> {
  const recorder = await TapeRecorder.open(directory, about, MIB);
  for (const tick of ticks) expect(await recorder.record(tick)).toBe(true);
}

describe('a tape', () => {
  test('returns the recorded bytes of each table, and the paths', async () => {
    const odd = new Map([
      [7, '/a'],
      [8, '/\ud800"\n\\__proto__'],
    ]);
    await recordTicks(tickAt(0, odd), tickAt(5, odd), tickAt(10));
    const tape = await Tape.open(directory, 1_000_000);
    expect(tape.index).toMatchObject(about);
    expect(tape.length).toBe(3);
    for (const [i, recorded] of [tickAt(0, odd), tickAt(5, odd), tickAt(10)].entries()) {
      const tick = await tape.read(i, 1_000_000 + i * 5000);
      expect(tick).toMatchObject({
        wallMs: recorded.wallMs,
        monotonicNs: recorded.monotonicNs,
        maxCgroups: 512,
        hasPackets: true,
        paths: recorded.paths,
      });
      expect(TABLE_NAMES.map((table) => hex(tick[table]))).toEqual(
        TABLE_NAMES.map((table) => hex(recorded[table])),
      );
    }
  });

  test('writes the paths of the tree only after a change', async () => {
    const [one, two] = [new Map([[7, '/a']]), new Map([[7, '/b']])];
    await recordTicks(tickAt(0, one), tickAt(5, one), tickAt(10, two));
    const names = await readdir(directory);
    expect(names.filter((name) => name.endsWith('paths.json'))).toEqual([
      '000001.paths.json',
      '000003.paths.json',
    ]);
  });

  test('is replayed as if it started now, with the age of all data unchanged', async () => {
    await recordTicks(tickAt(0), tickAt(5));
    const nowMs = 50_000_000;
    const tape = await Tape.open(directory, nowMs);
    expect(await tape.read(1, nowMs + 5001)).toMatchObject({
      wallMs: nowMs + 5000,
      monotonicNs: 5e9,
    });
  });

  test('repeats its last tick at the end, while its clocks continue', async () => {
    await recordTicks(tickAt(0), tickAt(5));
    const tape = await Tape.open(directory, 0);
    const held = await tape.read(9, 45_000);
    expect(held).toMatchObject({ wallMs: 45_000, monotonicNs: 45e9 });
    expect(hex(held.usage)).toBe(hex(tickAt(5).usage));
  });

  test('that was continued after a pause has no time in the future', async () => {
    await recordTicks(tickAt(0));
    await recordTicks(tickAt(86_400));
    const tape = await Tape.open(directory, 0);
    expect(tape.length).toBe(2);
    expect((await tape.read(1, 5000)).wallMs).toBe(5000);
  });
});

describe('a recorder', () => {
  test('stops before the tape exceeds its maximum size, with only complete files', async () => {
    const recorder = await TapeRecorder.open(directory, about, 6200);
    const recorded: boolean[] = [];
    for (const second of [0, 5, 10, 15]) recorded.push(await recorder.record(tickAt(second)));
    expect(recorded).toEqual([true, true, false, false]);
    const sizes = await Promise.all(
      (await readdir(directory)).map(
        async (name) => (await readFile(join(directory, name))).length,
      ),
    );
    expect(sizes.reduce((total, size) => total + size)).toBe(recorder.bytes);
    expect(recorder.bytes).toBeLessThanOrEqual(6200);
    expect((await Tape.open(directory)).length).toBe(2);
  });

  test('refuses a directory with other files', async () => {
    await writeFile(join(directory, 'thesis.tex'), '');
    await expect(TapeRecorder.open(directory, about, MIB)).rejects.toThrow(
      `${directory}: not empty, and not a tape (thesis.tex); choose another directory`,
    );
  });

  test('counts the size of a continued tape, and refuses another interval', async () => {
    await recordTicks(tickAt(0));
    expect((await TapeRecorder.open(directory, about, MIB)).bytes).toBeGreaterThan(900);
    const other = TapeRecorder.open(directory, { ...about, intervalMs: 1000 }, MIB);
    await expect(other).rejects.toThrow('continue it with --interval=5000ms');
  });

  test('removes incomplete files of a killed one', async () => {
    await recordTicks(tickAt(0));
    await writeFile(join(directory, '000002.usage.part'), 'x');
    await recordTicks(tickAt(5));
    expect((await readdir(directory)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('the error of a damaged tape names the file', () => {
  beforeEach(() => recordTicks(tickAt(0), tickAt(5)));

  test.each(['000001.usage', '000001.cpu', '000001.path'])('when %s is truncated', async (name) => {
    await truncate(join(directory, name), 100);
    const reading = (await Tape.open(directory)).read(0);
    await expect(reading).rejects.toThrow(TapeError);
    await expect(reading).rejects.toThrow(`${join(directory, name)}: has 100 bytes instead of `);
  });

  test.each(['000001.usage', '000001.paths.json'])('when %s is missing', async (name) => {
    await unlink(join(directory, name));
    await expect((await Tape.open(directory)).read(0)).rejects.toThrow(
      `${join(directory, name)}: cannot be read`,
    );
  });

  test('but a tick without its last file is ignored', async () => {
    await unlink(join(directory, '000002.json'));
    expect((await Tape.open(directory)).length).toBe(1);
  });

  test.each([
    ['000001.json', '{"wallMs":1', 'truncated, or not written by vigia record'],
    ['000001.json', '{"wallMs":"now"}', 'a number of the tick is missing'],
    ['000001.json', '{"wallMs":1e999,"monotonicNs":1}', 'a number of the tick is missing'],
    ['tape.json', '[]', 'not a tape of format 5'],
    ['tape.json', 'null', 'not a JSON object'],
    ['tape.json', '{"format":5,"layout":"00000000","version":"9"}', 'with a different row layout'],
  ])('when %s contains %s', async (name, text, message) => {
    await writeFile(join(directory, name), text);
    await expect(Tape.open(directory)).rejects.toThrow(`${join(directory, name)}: `);
    await expect(Tape.open(directory)).rejects.toThrow(message);
  });

  test('when the paths have a wrong format', async () => {
    await writeFile(join(directory, '000001.paths.json'), '{"x":"/a"}');
    await expect((await Tape.open(directory)).read(0)).rejects.toThrow('not a table of paths');
  });

  test('when it is not a tape', async () => {
    const nowhere = join(directory, 'nowhere');
    await expect(Tape.open(nowhere)).rejects.toThrow('is this a tape of vigia record?');
  });

  test('when it has no ticks', async () => {
    for (const name of await readdir(directory))
      if (name !== 'tape.json') await unlink(join(directory, name));
    await expect(Tape.open(directory)).rejects.toThrow('the tape has no ticks');
  });
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
