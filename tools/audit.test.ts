import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { outsideMake, ROOT } from '../lab/process/checkout.ts';

const NODE = join(ROOT, 'node_modules/.bin/node');

/** The registry's response to a query for advisories; 405 if undefined. */
let advisories: object | undefined;
let requested: Record<string, string[]> = {};
let registry: Server;
let cache: string;

beforeEach(async () => {
  cache = mkdtempSync(join(tmpdir(), 'vigia-npm-'));
  registry = createServer((request, response) => {
    const isAdvisories = request.url?.endsWith('/advisories/bulk') ?? false;
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      if (!isAdvisories || advisories === undefined) {
        response.writeHead(isAdvisories ? 405 : 404).end();
        return;
      }
      requested = JSON.parse(gunzipSync(Buffer.concat(pieces)).toString());
      response.setHeader('content-type', 'application/json').end(JSON.stringify(advisories));
    });
  });
  registry.listen(0, '127.0.0.1');
  await once(registry, 'listening');
});
afterEach(async () => {
  rmSync(cache, { recursive: true });
  registry.close();
  registry.closeAllConnections();
  await once(registry, 'close');
});

interface Ended {
  readonly code: number;
  readonly output: string;
}

async function audit(...args: readonly string[]): Promise<Ended> {
  const { port } = registry.address() as AddressInfo;
  // npm caches known vulnerabilities.
  const ours = { npm_config_registry: `http://127.0.0.1:${port}/`, npm_config_cache: cache };
  const env = { ...outsideMake(), ...ours };
  return await new Promise((resolve) => {
    execFile(NODE, ['tools/audit.ts', ...args], { cwd: ROOT, env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });
}

const advisory = (severity: string) => ({
  'js-yaml': [
    {
      id: 1,
      url: 'https://github.com/advisories/GHSA-x',
      title: 'Reads too much',
      severity,
      vulnerable_versions: '>=1.0.0',
      cwe: [],
      cvss: { score: 9, vectorString: null },
    },
  ],
});

test('shipped packages are audited, including those that tests use too; test-only packages are not', async () => {
  advisories = {};
  expect(await audit()).toEqual({ code: 0, output: '' });
  expect(Object.keys(requested)).toEqual(expect.arrayContaining(['fastify', 'js-yaml', 'pino']));
  expect(Object.keys(requested)).not.toContain('vitest');
}, 30_000);

test.each(['high', 'critical'])(
  'a vulnerability of severity %s fails',
  async (severity) => {
    advisories = advisory(severity);
    const { code, output } = await audit('--or-say-so');
    expect(code).toBe(1);
    expect(output).toMatch(
      new RegExp(`${severity}: js-yaml.*Reads too much https://github.com/adv`),
    );
  },
  30_000,
);

test('a lower severity does not fail', async () => {
  advisories = advisory('moderate');
  expect(await audit()).toEqual({ code: 0, output: '' });
}, 30_000);

test('an unreachable registry is reported, and fails unless reporting is enough', async () => {
  advisories = undefined;
  const strict = await audit();
  expect(strict.code).toBe(1);
  expect(strict.output).toMatch(
    /^Known vulnerabilities were not checked: .* did not respond \(405/,
  );
  const lenient = await audit('--or-say-so');
  expect(lenient.code).toBe(0);
  expect(lenient.output).toContain('Run "make audit" when it responds');
}, 30_000);
