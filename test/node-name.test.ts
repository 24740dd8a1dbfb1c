import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const CONFIG = join(import.meta.dirname, '../src/config/config.ts');
const READ = `
  const { parseConfig } = await import(process.argv[1]);
  try { console.log(parseConfig(new Map(), {}).config.nodeName); }
  catch ({ message }) { console.log(message); }`;

/** The node's name without settings, on a host with this name. */
function nodeNameOn(host: string): string {
  const shell = 'printf %s "$1" >/proc/sys/kernel/hostname && shift && exec "$@"';
  const node = [process.execPath, '--input-type=module', '-e', READ, CONFIG];
  const { stdout, stderr } = spawnSync(
    'unshare',
    ['--uts', 'sh', '-c', shell, 'sh', host, ...node],
    { encoding: 'utf8' },
  );
  if (stdout === '') throw new Error(stderr);
  return stdout.trim();
}

test.each([
  ['Worker-Node-01', 'worker-node-01'],
  ['ip-10-0-0-1.EU-West-1.compute.internal', 'ip-10-0-0-1.eu-west-1.compute.internal'],
])('on the host %s the node is called %s, as kubelets call it', (host, wanted) =>
  expect(nodeNameOn(host)).toBe(wanted),
);

test.each(['my host', 'nöde', ' '])(
  'the host name %j is refused, and the error names the setting',
  (host) => {
    const message = nodeNameOn(host);
    expect(message).toContain('--node-name or VIGIA_NODE_NAME, unset (default: the host name');
    expect(message).toContain(`got ${JSON.stringify(host.trim())}, want a host name`);
  },
);
