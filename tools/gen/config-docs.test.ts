import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configurationDocs } from './config-docs.ts';

test('docs/configuration.md matches the settings', () => {
  const path = join(import.meta.dirname, '../../docs/configuration.md');
  expect(readFileSync(path, 'utf8')).toBe(configurationDocs());
});
