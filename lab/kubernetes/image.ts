import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { outsideMake, ROOT } from '../process/checkout.ts';
import { endWithTests } from '../process/children.ts';

const BASE = 'localhost/vigia-test-base';
const NAME = 'localhost/vigia-test';

/** The parts of an image's configuration that tests use. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
}

/** The image of deploy/Dockerfile. Removed at disposal, with everything used to build it. */
export interface Image extends AsyncDisposable {
  readonly config: ImageConfig;
  /** Root directory of its files. */
  readonly root: string;
  /** The last output of `make image`. */
  readonly output: string;
}

/** Storage of buildah. Removed at disposal. */
export interface ImageStore extends AsyncDisposable {
  readonly directory: string;
  /** Runs a command in it, and returns its output. */
  readonly run: (...command: string[]) => Promise<string>;
  /** Builds an image that contains only the files of a directory, plus lines of a Dockerfile. */
  readonly pack: (name: string, root: string, ...lines: readonly string[]) => Promise<void>;
  /** Writes an archive of an image, for import into containerd and docker. */
  readonly save: (name: string, file: string) => Promise<void>;
}

export async function openImageStore(): Promise<ImageStore> {
  const directory = await mkdtemp(join(tmpdir(), 'vigia-image-'));
  const run = await prepare(directory);
  return {
    directory,
    run,
    pack: async (name, root, ...lines) => {
      const recipe = join(directory, 'Dockerfile');
      await writeFile(recipe, ['FROM scratch', 'COPY . /', ...lines, ''].join('\n'));
      await run('buildah', 'build', '--file', recipe, '--tag', name, root);
    },
    save: async (name, file) =>
      void (await run('buildah', 'push', name, `docker-archive:${file}:${name}`)),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Builds it with `make image` and buildah, on a base of this machine's packages. */
export async function buildImage(): Promise<Image> {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openImageStore());
  const output = await buildInto(store, NAME);
  const container = (await store.run('buildah', 'from', '--pull-never', NAME)).trim();
  const root = (await store.run('buildah', 'mount', container)).trim();
  const { OCIv1 } = JSON.parse(await store.run('buildah', 'inspect', '--type=image', NAME)) as {
    OCIv1: { config: ImageConfig };
  };
  const all = stack.move();
  return { config: OCIv1.config, root, output, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** The same in an existing store. Returns the last output of `make image`. */
export async function buildInto(store: ImageStore, name: string): Promise<string> {
  const base = join(store.directory, 'base');
  await promisify(execFile)(join(ROOT, 'lab/kubernetes/image-base.sh'), [base]);
  await store.pack(BASE, join(base, 'rest'));
  const flags = [`--build-arg=BUILD_BASE=${BASE}`, ...volumes(base)].join(' ');
  const output = await store.run('make', 'image', `IMAGE=${name}`, `IMAGE_FLAGS=${flags}`);
  return output.trim().split('\n').at(-1) ?? '';
}

/**
 * The base provides these. As volumes, they are not copied at each step. Quoted for the shell,
 * because the path of a checkout may contain spaces.
 */
function volumes(base: string): string[] {
  return [
    `--volume='${join(base, 'usr')}:/usr:ro'`,
    `--volume='${join(ROOT, 'node_modules')}:/src/node_modules:ro'`,
  ];
}

/** buildah writes only here, including the files it normally writes below /var/lib. */
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
