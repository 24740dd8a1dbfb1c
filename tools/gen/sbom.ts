/**
 * Writes the bill of materials of what ships in CycloneDX format: npm's own, plus Node, minus
 * everything that depends on the run or the machine.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { shippedTree } from '../shipped-tree.ts';
import type { GeneratedFile } from './generated-file.ts';

const OUTPUT = 'deploy/image/sbom.cdx.json';
const NPM_ARGS = [
  'sbom',
  '--sbom-format=cyclonedx',
  '--sbom-type=application',
  '--omit=dev',
  '--package-lock-only',
];

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
}

interface Bom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly version: number;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string }[];
}

export function generate(): GeneratedFile[] {
  const bom = npmBom();
  if (bom === undefined) {
    console.log('The bill of materials was not checked, because this needs npm 10 or newer.');
    return [];
  }
  const text = `${JSON.stringify(shippedBom(bom), null, 1)}\n`;
  return [{ path: OUTPUT, text, source: 'package-lock.json' }];
}

/** Undefined if npm cannot create one. */
function npmBom(): Bom | undefined {
  using tree = shippedTree();
  const { stdout, stderr, error } = spawnSync('npm', NPM_ARGS, {
    cwd: tree.directory,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
  });
  if (error) throw error;
  if (stdout.startsWith('{')) return JSON.parse(stdout) as Bom;
  if (/unknown command/i.test(stdout + stderr)) return undefined;
  throw new Error(`npm ${NPM_ARGS.join(' ')}: ${stderr || stdout}`);
}

/** npm names the root after its directory, and lists the shipped Node as a development dependency. */
function shippedBom({ bomFormat, specVersion, version, metadata, components, dependencies }: Bom) {
  const { name, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly name: string;
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const node = nodeOf(devDependencies['node'] ?? '');
  return {
    bomFormat,
    specVersion,
    version,
    metadata: { component: { ...metadata.component, name } },
    components: [...components.map(bare), node],
    dependencies: [...dependencies, { ref: node['bom-ref'], dependsOn: [] }],
  };
}

/** Removes npm's notes on how it found a package. */
function bare(component: Component): object {
  const { properties: _, ...rest } = component as Component & { readonly properties?: unknown };
  return rest;
}

function nodeOf(version: string) {
  return {
    'bom-ref': `nodejs@${version}`,
    type: 'platform',
    name: 'Node.js',
    version,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    purl: `pkg:generic/nodejs@${version}`,
    licenses: [{ license: { id: 'MIT' } }],
  };
}
