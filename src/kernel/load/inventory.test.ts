import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Bpftool } from '../bpftool.ts';
import { inventoryStep, missingOf, parseInventory, readInventory, textOf } from './inventory.ts';
import { versionName } from './pins.ts';
import { perform } from './step.ts';

const VERSION = { generation: 3, layout: '0000beef', build: '12345678', slots: 256 };
const PINS = ['maps/control', 'maps/usage', 'programs/cpu/charge_slice', 'tables/usage'];

let bpffs: string;
const at = (pin: string) => join(bpffs, versionName(VERSION), pin);

beforeEach(() => {
  bpffs = mkdtempSync(join(tmpdir(), 'vigia-inventory-'));
  for (const pin of PINS) {
    mkdirSync(dirname(at(pin)), { recursive: true });
    writeFileSync(at(pin), '');
  }
  mkdirSync(at('programs/sweep')); // emptied by the load
});
afterEach(() => rmSync(bpffs, { recursive: true }));

async function take(): Promise<void> {
  await perform(await inventoryStep(bpffs, VERSION), new Bpftool('bpftool'));
}

test('an inventory is parsed from its text', () => {
  const text = 'maps:control,usage programs/cpu:charge_slice tables:usage';
  expect(textOf(parseInventory(text))).toBe(text);
});

test('nothing is missing from a new inventory', async () => {
  await take();
  const inventory = await readInventory(bpffs, VERSION);
  expect(inventory && textOf(inventory)).toBe(
    'maps:control,usage programs/cpu:charge_slice tables:usage',
  );
  expect(await missingOf(bpffs, VERSION, parseInventory(''))).toEqual([]);
  expect(inventory && (await missingOf(bpffs, VERSION, inventory))).toEqual([]);
});

test.each([...PINS, 'maps', 'programs', 'programs/cpu', 'tables'])(
  'a missing %s is found',
  async (lost) => {
    await take();
    rmSync(at(lost), { recursive: true });
    const inventory = parseInventory('maps:control,usage programs/cpu:charge_slice tables:usage');
    expect(await missingOf(bpffs, VERSION, inventory)).toEqual(
      PINS.filter((pin) => pin === lost || pin.startsWith(`${lost}/`)),
    );
  },
);

test('a directory in place of a pin counts as missing', async () => {
  await take();
  rmSync(at('tables/usage'));
  mkdirSync(at('tables/usage'));
  expect(await missingOf(bpffs, VERSION, parseInventory('tables:usage'))).toEqual(['tables/usage']);
});

test('an interrupted load has no inventory', async () => {
  expect(await readInventory(bpffs, VERSION)).toBeUndefined();
});
