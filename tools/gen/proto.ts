/**
 * Generates src/api/grpc/proto.gen.ts from the .proto files of a directory.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import type { GeneratedFile } from './generated-file.ts';

const HEADER = `// Code generated from proto/ by tools/gen/proto.ts. DO NOT EDIT.

/** What protobufjs makes of the .proto files: the argument of its \`Root.fromJSON\`. */`;

const DIRECTORY = 'proto';
const OUTPUT = 'src/api/grpc/proto.gen.ts';

export function generate(): GeneratedFile[] {
  return [{ path: OUTPUT, text: moduleText(DIRECTORY), source: DIRECTORY }];
}

function moduleText(directory: string): string {
  const files = globSync('**/*.proto', { cwd: directory }).sort();
  const root = new protobuf.Root();
  root.loadSync(files.map((file) => join(directory, file)));
  // Throws for a type that is used but not declared.
  const descriptor = JSON.stringify(root.resolveAll().toJSON(), undefined, 2);
  return `${HEADER}\nexport const descriptor = ${descriptor} as const;\n`;
}
