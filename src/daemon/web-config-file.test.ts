import { renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Certificates } from '../api/http/certificates.fixture.ts';
import type { WebConfig } from '../api/http/web-config/web-config.ts';
import { WebConfigFile } from './web-config-file.ts';

const FIVE = 'rate_limit: { interval: 5s }\n';
const SIX = 'rate_limit: { interval: 6s }\n';

let directory: Certificates;
let path: string;
let logged: { level: number; msg: string; err?: { message: string } }[];

const log = pino({ level: 'debug' }, { write: (line: string) => logged.push(JSON.parse(line)) });

beforeEach(() => {
  directory = new Certificates();
  path = directory.write('web.yaml', FIVE);
  logged = [];
});

afterEach(() => directory[Symbol.dispose]());

function intervalOf({ current }: WebConfigFile): number | undefined {
  const { rate } = current;
  return typeof rate === 'object' ? rate.intervalMs : undefined;
}

describe('a web configuration file', () => {
  test('that changes is read again once it has settled', async () => {
    using file = await WebConfigFile.open(path, log);
    expect([intervalOf(file), await file.refresh(), await file.refresh()]).toEqual([
      5000,
      false,
      false,
    ]);
    writeFileSync(path, SIX);
    expect([await file.refresh(), await file.refresh(), await file.refresh()]).toEqual([
      false,
      true,
      false,
    ]);
    expect(intervalOf(file)).toBe(6000);
    expect(logged.at(-1)?.msg).toBe(`${path}: re-read the web configuration`);
  });

  test('that is being written is not read', async () => {
    using file = await WebConfigFile.open(path, log);
    for (const text of ['rate_limit:', SIX.slice(0, 20), SIX]) {
      writeFileSync(path, text);
      expect(await file.refresh()).toBe(false);
    }
    expect(await file.refresh()).toBe(true);
    expect(logged.filter(({ level }) => level > 30)).toEqual([]);
  });

  test.each(['', 'rate_limit: [', 'rate: 1'])('that breaks changes nothing: %j', async (text) => {
    using file = await WebConfigFile.open(path, log);
    writeFileSync(path, text);
    for (let i = 0; i < 4; i++) expect(await file.refresh()).toBe(false);
    expect(intervalOf(file)).toBe(5000);
    const warnings = logged.filter(({ level }) => level > 30).map(({ msg }) => msg);
    expect(warnings).toEqual([`${path}: invalid; keeping the previous web configuration`]);
    writeFileSync(path, SIX);
    expect([await file.refresh(), await file.refresh()]).toEqual([false, true]);
  });

  test('that is gone changes nothing', async () => {
    using file = await WebConfigFile.open(path, log);
    unlinkSync(path);
    expect([await file.refresh(), await file.refresh()]).toEqual([false, false]);
    expect(intervalOf(file)).toBe(5000);
  });

  test('that is a link is read again when the link is turned, as of a Secret', async () => {
    directory.write('one', FIVE);
    directory.write('two', SIX);
    const link = directory.path('link');
    symlinkSync('one', link);
    using file = await WebConfigFile.open(link, log);
    symlinkSync('two', directory.path('new'));
    renameSync(directory.path('new'), link);
    expect([await file.refresh(), await file.refresh()]).toEqual([false, true]);
    expect(intervalOf(file)).toBe(6000);
  });

  test('is read again when a certificate that it names changes', async () => {
    const { cert, key } = directory.issue('server', []);
    const text = `tls_server_config: { cert_file: ${cert}, key_file: ${key} }\n`;
    using file = await WebConfigFile.open(directory.write('tls.yaml', text), log);
    const before = file.current.tls;
    directory.issue('server', []);
    expect([await file.refresh(), await file.refresh()]).toEqual([false, true]);
    expect(file.current.tls).not.toBe(before);
  });

  test('tells those who watch it', async () => {
    using file = await WebConfigFile.open(path, log);
    const changed: WebConfig[] = [];
    file.watch((each) => changed.push(each), 5);
    writeFileSync(path, SIX);
    await vi.waitFor(() => expect(changed).toEqual([file.current]));
    expect(intervalOf(file)).toBe(6000);
  });

  test('that is broken when it is opened is an error that says why', async () => {
    writeFileSync(path, 'rate: 1');
    await expect(WebConfigFile.open(path, log)).rejects.toThrow(`${path}: rate: no such key`);
  });
});
