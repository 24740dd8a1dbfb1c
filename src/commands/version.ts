import { sourceCommit, version } from '../config/version.ts';
import type { Invocation } from './command.ts';

/** Prints the version, the commit and the platform. */
export async function run({ options, print }: Invocation<'version'>): Promise<number> {
  const commit = sourceCommit();
  const build = {
    version,
    ...(commit && { commit }),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  };
  if (options.output === 'json') print(JSON.stringify(build, null, 2));
  else {
    const source = commit ? ` (${commit.slice(0, 12)})` : '';
    print(`vigia ${version}${source}, Node ${process.version}, ${build.platform}`);
  }
  return 0;
}
