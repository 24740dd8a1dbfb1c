/**
 * Generates src/api/grpc/proto.gen.ts from the .proto files of a directory.
 *
 *   node tools/gen-proto.ts DIRECTORY OUTPUT [--check]
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { keepGenerated } from './keep-generated.ts';

const HEADER = `// Code generated from proto/ by tools/gen-proto.ts. DO NOT EDIT.

/** What protobufjs makes of the .proto files: the argument of its \`Root.fromJSON\`. */`;

function main([directory, output, check]: readonly string[]): void {
  if (directory === undefined || output === undefined)
    throw new Error('want DIRECTORY OUTPUT [--check]');
  const text = generate(directory);
  keepGenerated(output, text, { source: directory, isCheck: check === '--check' });
}

function generate(directory: string): string {
  const files = globSync('**/*.proto', { cwd: directory }).sort();
  const root = new protobuf.Root();
  root.loadSync(files.map((file) => join(directory, file)));
  // A type that is named and not declared throws here.
  const descriptor = JSON.stringify(root.resolveAll().toJSON(), undefined, 2);
  return `${HEADER}\nexport const descriptor = ${descriptor} as const;\n`;
}

main(process.argv.slice(2));
