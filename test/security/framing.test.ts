import { afterAll, beforeAll, expect, test } from 'vitest';
import { runInside, startInside, until } from '../../lab/process/process.ts';
import { type Daemon, runVigia, startDaemon } from '../../lab/scene/daemon.ts';
import { openScene, type Scene, socketOf } from '../../lab/scene/scene.ts';
import type { Finding } from '../../src/core/mining/verdict/finding.ts';

const MESSAGES = [
  `{"id":1,"method":"login","params":{"login":"${'4'.repeat(95)}","pass":"x","agent":"XMRig/6"}}`,
  `{"method":"job","params":{"job_id":"1","blob":"${'0a'.repeat(76)}","target":"ffff0000"}}`,
  '{"id":2,"method":"mining.ping","params":[]}',
  '{"id":3,"method":"mining.submit","params":["a","b","c"]}',
];

/**
 * Prints its port, and answers each line with an error, like a service that does not understand it.
 */
const SERVICE = `require('net').createServer((client) => client.on('error', () => {}).on('data', () => client.write('400 what?\\n')))
  .listen(0, '127.0.0.1', function () { console.log('port', this.address().port) })`;

/** Sends each message over a separate connection, then all of them over one. */
const FRAMER = `const { connect } = require('net');
  const [port, ...messages] = process.argv.slice(1);
  for (const lines of [...messages.map((message) => [message]), messages]) {
    const client = connect(Number(port), '127.0.0.1').on('error', () => {}).resume();
    client.write(lines.join('\\n') + '\\n');
    setTimeout(() => client.destroy(), 500);
  }`;

let scene: Scene;
let daemon: Daemon;

beforeAll(async () => {
  scene = await openScene();
  daemon = await startDaemon(scene.options);
});

afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

async function findings(): Promise<Map<string, Finding>> {
  const { stdout } = await runVigia(['findings', `--socket=${socketOf(scene.options)}`, '-ojson']);
  return new Map((JSON.parse(stdout) as Finding[]).map((finding) => [finding.pod, finding]));
}

test("a pod that sends mining messages to another's open port accuses itself, not the other", async () => {
  const node = process.execPath;
  await using service = await startInside(scene.makeCgroup('service'), [node, '-e', SERVICE]);
  await service.prints('port');
  const port = /port (\d+)/.exec(service.output())?.[1] ?? '';
  await runInside(scene.makeCgroup('framer'), [node, '-e', FRAMER, port, ...MESSAGES]);
  const found = await until('both to be known', async () => {
    const all = await findings();
    return all.has('service') && all.has('framer') ? all : undefined;
  });
  const signals = (pod: string) => found.get(pod)?.evidence.map(({ signal }) => signal);
  expect(signals('framer')).toContain('mining_protocol');
  expect(found.get('framer')?.score).toBeGreaterThanOrEqual(80);
  expect(signals('service')).toEqual(['protocol_heard']);
  expect(found.get('service')?.score).toBeLessThan(50);
});
