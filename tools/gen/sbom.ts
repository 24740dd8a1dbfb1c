/**
 * Writes the bill of materials of what ships, in the format of CycloneDX: npm's own, with the Node that
 * comes along, and without what differs from one run or machine to the next.
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
    console.log('The bill of materials is not checked: that takes npm 10 or newer.');
    return [];
  }
  const text = `${JSON.stringify(shippedBom(bom), null, 1)}\n`;
  return [{ path: OUTPUT, text, source: 'package-lock.json' }];
}

/** Undefined where npm cannot make one. */
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

/** npm calls the root by its directory, and has the Node that ships for one of development. */
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

/** What npm says of how it found a package is nothing of the package. */
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
