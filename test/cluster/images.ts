import { execFile } from 'node:child_process';
import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildInto, type ImageStore, openImageStore } from '../../lab/kubernetes/image.ts';
import { ROOT } from '../../lab/process/checkout.ts';

const run = promisify(execFile);

/** Names in the manifests and in the chart's values. */
export const IMAGES = {
  vigia: 'localhost/vigia:test',
  /** The shell and the programs of test pods; see workload/. */
  workload: 'localhost/vigia-test/workload:1',
  /** See guest/etc/containerd/config.toml. */
  pause: 'localhost/vigia-test/pause:1',
} as const;

const WORKLOAD = join(import.meta.dirname, 'workload');
/** Programs of a workload, by source file. */
const PROGRAMS: Readonly<Record<string, string>> = {
  talk: join(WORKLOAD, 'talk.c'),
  burn: join(ROOT, 'test/machines/kernels/guest/burn.c'),
  // Has a miner's name and behavior.
  xmrig: join(ROOT, 'trials/mining/emulators/fpu.c'),
};
const APPLETS = ['sh', 'cat', 'find', 'grep', 'kill', 'nc', 'sleep', 'wget'];

/** Archives of all images that a node needs. Removed at disposal. */
export interface Archives extends AsyncDisposable {
  readonly files: readonly string[];
}

export async function makeArchives(): Promise<Archives> {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openImageStore());
  await buildInto(store, IMAGES.vigia);
  await packWorkload(store);
  await packPause(store);
  const files: string[] = [];
  for (const [part, name] of Object.entries(IMAGES)) {
    const file = join(store.directory, `${part}.tar`);
    await store.save(name, file);
    files.push(file);
  }
  const all = stack.move();
  return { files, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function packWorkload(store: ImageStore): Promise<void> {
  const root = join(store.directory, 'workload');
  const bin = join(root, 'bin');
  await mkdir(bin, { recursive: true });
  await copyFile('/bin/busybox', join(bin, 'busybox'));
  for (const applet of APPLETS) await symlink('busybox', join(bin, applet));
  for (const [name, source] of Object.entries(PROGRAMS)) await compile(source, join(bin, name));
  await store.pack(IMAGES.workload, root);
}

async function packPause(store: ImageStore): Promise<void> {
  const root = join(store.directory, 'pause');
  await mkdir(root);
  await compile(join(WORKLOAD, 'pause.c'), join(root, 'pause'));
  await store.pack(IMAGES.pause, root, 'ENTRYPOINT ["/pause"]');
}

async function compile(source: string, program: string): Promise<void> {
  await run('gcc', ['-O2', '-Wall', '-Wextra', '-static', '-pthread', '-s', '-o', program, source]);
}
