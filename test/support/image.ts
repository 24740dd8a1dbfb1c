import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { outsideMake, ROOT } from './checkout.ts';
import { endWithTests } from './children.ts';

const BASE = 'localhost/vigia-test-base';
const NAME = 'localhost/vigia-test';

/** What an image says of itself, as far as tests ask. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
}

/** The image of deploy/Dockerfile. Disposed, it is gone, and all that it was made of. */
export interface Image extends AsyncDisposable {
  readonly config: ImageConfig;
  /** Directory of its files. */
  readonly root: string;
  /** What `make image` said at the end. */
  readonly told: string;
}

/** Has `make image` build it, by buildah, over a base made of this machine's packages. */
export async function buildImage(): Promise<Image> {
  const directory = await mkdtemp(join(tmpdir(), 'vigia-image-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const base = join(directory, 'base');
    await promisify(execFile)(join(ROOT, 'test/support/image-base.sh'), [base]);
    const run = await prepare(directory);
    const from = join(directory, 'Dockerfile');
    await writeFile(from, 'FROM scratch\nCOPY . /\n');
    await run('buildah', 'build', '--file', from, '--tag', BASE, join(base, 'rest'));
    const flags = [`--build-arg=BUILD_BASE=${BASE}`, ...volumes(base)].join(' ');
    const said = await run('make', 'image', `IMAGE=${NAME}`, `IMAGE_FLAGS=${flags}`);
    const container = (await run('buildah', 'from', '--pull-never', NAME)).trim();
    const root = (await run('buildah', 'mount', container)).trim();
    const { OCIv1 } = JSON.parse(await run('buildah', 'inspect', '--type=image', NAME)) as {
      OCIv1: { config: ImageConfig };
    };
    const told = said.trim().split('\n').at(-1) ?? '';
    return { config: OCIv1.config, root, told, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** They come with the base, and would only be copied by every step if they were in it. */
function volumes(base: string): string[] {
  return [
    `--volume=${join(base, 'usr')}:/usr:ro`,
    `--volume=${join(ROOT, 'node_modules')}:/src/node_modules:ro`,
  ];
}

/** All that buildah writes is in the directory: also what it always writes below /var/lib. */
async function prepare(directory: string) {
  const lib = join(directory, 'lib');
  await mkdir(lib);
  const storage = join(directory, 'storage.conf');
  const [graph, running] = [join(directory, 'storage'), join(directory, 'run')];
  await writeFile(
    storage,
    `[storage]\ndriver = "vfs"\ngraphroot = "${graph}"\nrunroot = "${running}"\n`,
  );
  const containers = join(directory, 'containers.conf');
  await writeFile(containers, `[network]\nnetwork_config_dir = "${join(directory, 'cni')}"\n`);
  const env = {
    ...outsideMake(),
    ENGINE: 'buildah',
    BUILDAH_ISOLATION: 'chroot',
    CONTAINERS_STORAGE_CONF: storage,
    CONTAINERS_CONF: containers,
    TMPDIR: directory,
  };
  const script = 'mount --bind "$0" /var/lib && exec nice "$@"';
  const own = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  return async (...command: string[]): Promise<string> => {
    const args = [...own, 'sh', '-c', script, lib, ...command];
    const running = promisify(execFile)('unshare', args, { cwd: ROOT, env, maxBuffer: 1 << 24 });
    endWithTests(running.child);
    return (await running).stdout;
  };
}
