import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { until } from '../../lab/process/process.ts';
import { findCgroupMount } from '../../src/workloads/mount.ts';

const DEMO = join(import.meta.dirname, '../../tools/demo/demo.ts');
const PODS = ['web', 'client', 'hog', 'victim', 'miner'];

let child: ChildProcess;
let output: string;

/** The demo's cgroups and namespaces, where it must leave nothing. */
async function places(): Promise<string[]> {
  return [join((await findCgroupMount()) ?? '', 'vigia-demo'), '/run/vigia-demo'];
}

function start(...args: string[]): Promise<unknown[]> {
  output = '';
  child = spawn(process.execPath, [DEMO, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  return once(child, 'close');
}

afterEach(async () => {
  if (child.exitCode !== null || !child.kill('SIGTERM')) return;
  await once(child, 'close');
});

test('the demo shows its workloads’ activity, and leaves nothing behind', async () => {
  const beganMs = performance.now();
  const ended = start('--seconds=5');
  await until('a table', () => PODS.every((pod) => new RegExp(`^${pod} +\\d`, 'm').test(output)));
  const url = /scrape (http:\S+)\/metrics/.exec(output)?.[1];
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('pod="victim"');
  await until('the finding', () => output.includes('MINING'), 30_000);
  console.log(`a finding after ${((performance.now() - beganMs) / 1000).toFixed(1)} s`);
  expect(await ended).toEqual([0, null]);
  const rowOf = (pod: string) => output.match(new RegExp(`^${pod} .*$`, 'gm'))?.at(-1) ?? '';
  expect(rowOf('web')).toMatch(/ KiB +\S+ [KM]iB +– +\d+$/);
  expect(rowOf('client')).toMatch(/ [KM]iB +\S+ KiB +\d+ +–$/);
  expect(rowOf('hog')).toMatch(/^hog +\d\.\d\d +\S+ +\d+ % /);
  expect(output).toMatch(/^vigia-demo +client .* out +tcp +vigia-demo\/web +8080 /m);
  expect(output).toMatch(/^vigia-demo +web .* in +tcp +vigia-demo\/client +8080 /m);
  expect(output).toMatch(/^vigia-demo +client .* out +tcp +api\.example\.com +80 /m);
  expect(output).toMatch(
    /^vigia-demo\/miner {3}MINING, score \d+ of 100\n {2}since .*; last evidence .*\n/m,
  );
  expect(output).toMatch(/^ {2}where {2}process \d+ \(fpu\), node /m);
  expect(output).toMatch(
    /^ {2}\+90 {4}switches floating-point rounding modes as RandomX does; [\d,]+ samples/m,
  );
  expect(output.match(/ MINING| SUSPICIOUS/g)).toHaveLength(1);
  // Without a terminal there are no cursor movements.
  expect(output).not.toContain('\x1b');
  expect(output).toMatch(/Everything is removed\.\n$/);
  expect((await places()).filter((path) => existsSync(path))).toEqual([]);
});

test('after an interrupt, it also leaves nothing behind', async () => {
  const ended = start('--seconds=60');
  await until('a start', async () => existsSync(`${(await places())[1]}/current`));
  child.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
  expect((await places()).filter((path) => existsSync(path))).toEqual([]);
});
