import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import { envFile } from './env-file.ts';

test('the settings of the units are those of the program', () => {
  const path = join(import.meta.dirname, '../../deploy/systemd/vigia.default');
  expect(readFileSync(path, 'utf8')).toBe(envFile());
});

test('without any #, the program accepts them and they change nothing', () => {
  const lines = [...envFile().matchAll(/^#(VIGIA_\w+)=(.*)$/gm)];
  const env = Object.fromEntries(lines.map(([, name, text]) => [name, text]));
  const { config, warnings } = parseConfig(new Map(), env, 'run');
  expect(warnings).toEqual([]);
  expect(config).toEqual(parseConfig(new Map(), {}, 'run').config);
});
