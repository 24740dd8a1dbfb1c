import { type ChildProcess, execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { TOOLS } from '../../lab/process/checkout.ts';
import { endWithTests } from '../../lab/process/children.ts';
import { endNow, until } from '../../lab/process/process.ts';
import { bootDebian } from '../machines/debian/debian-guest.ts';
import { GuestError, tail } from '../machines/qemu.ts';
import type { CgroupDriver, ControlPlane } from './control-plane.ts';
import { type ClusterNetwork, NODE } from './network.ts';

const GUEST = join(import.meta.dirname, 'guest');
const IMPORT = join(import.meta.dirname, 'import-images.sh');
const STATIC_POD = join(import.meta.dirname, 'manifests/static-pod.yaml');
const PACKAGES = [
  ...['apparmor', 'containerd', 'runc', 'containernetworking-plugins', 'nftables', 'conntrack'],
  'ca-certificates',
];
const PROGRAMS = ['kubelet', 'kube-proxy'];
const UNITS = [
  '/usr/lib/systemd/system/containerd.service',
  ...['node-network', 'kubelet', 'kube-proxy'].map((unit) => `/etc/systemd/system/${unit}.service`),
];
const WANTED = 'etc/systemd/system/multi-user.target.wants';
const CONTAINERD = 'etc/containerd/config.toml';
const READY_MS = 300_000;

/** A virtual machine as node, with containerd and a kubelet. Removed at disposal. */
export interface Node extends AsyncDisposable {
  /** Throws if it has ended, with its last output. */
  readonly check: () => Promise<void>;
}

export interface NodeOptions {
  readonly cgroupDriver: CgroupDriver;
  /** Archives of images. */
  readonly images: readonly string[];
}

/**
 * Boots a node, and waits until it is ready for pods. Retries once, with a message, if it ends or
 * hangs before, because emulators sometimes do.
 */
export async function startNode(
  network: ClusterNetwork,
  control: ControlPlane,
  options: NodeOptions,
): Promise<Node> {
  try {
    return await bootNode(network, control, options);
  } catch (error) {
    if (!(error instanceof GuestError)) throw error;
    process.stdout.write(`\nbooted once more: ${error.message}\n`);
    return await bootNode(network, control, options);
  }
}

async function bootNode(
  network: ClusterNetwork,
  control: ControlPlane,
  options: NodeOptions,
): Promise<Node> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'vigia-node-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const overlay = join(directory, 'root');
  await layOut(overlay, control, options);
  const log = join(directory, 'journal');
  const booted = stack.use(
    await bootDebian({
      packages: PACKAGES,
      overlays: [GUEST, overlay],
      finish: (root) => importImages(root, options.images),
      memoryMiB: 4096,
      netns: network.netns,
      devices: [
        ...['-netdev', `tap,id=net,ifname=${NODE.tap},script=no,downscript=no`],
        ...['-device', 'virtio-net-pci,netdev=net'],
        ...['-serial', `file:${log}`],
      ],
    }),
  );
  const emulator = endWithTests(booted.emulator);
  stack.defer(() => endNow(emulator));
  const output = collect(emulator);
  const outputTail = async () => tail(`${await readFile(log, 'utf8')}\n${output()}`);
  const check = async () => {
    const { exitCode, signalCode } = emulator;
    if (exitCode === null && signalCode === null) return;
    throw new GuestError(`the node ended with ${exitCode ?? signalCode}\n${await outputTail()}`);
  };
  const probe = async () => {
    await check();
    return await isReady(control);
  };
  await until('the node to be ready', probe, READY_MS).catch(async (error: Error) => {
    throw new GuestError(`${error.message}\n${await outputTail()}`);
  });
  const all = stack.move();
  return { check, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Collects all further output of the emulator and of its console. */
function collect({ stdout, stderr }: ChildProcess): () => string {
  let output = '';
  for (const stream of [stdout, stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  return () => output;
}

async function isReady({ api }: ControlPlane): Promise<boolean> {
  const { items } = await api.request('GET', '/api/v1/nodes');
  return items[0]?.status.conditions?.some(
    ({ type, status }: { type: string; status: string }) => type === 'Ready' && status === 'True',
  );
}

async function layOut(
  root: string,
  control: ControlPlane,
  { cgroupDriver }: NodeOptions,
): Promise<void> {
  const dirs = ['usr/bin', WANTED, dirname(CONTAINERD), 'etc/kubernetes/manifests'];
  for (const dir of dirs) await mkdir(join(root, dir), { recursive: true });
  await copyFile(join(TOOLS, 'kube'), join(root, 'usr/bin/kube'));
  for (const program of PROGRAMS) await symlink('kube', join(root, 'usr/bin', program));
  for (const unit of UNITS) await symlink(unit, join(root, WANTED, basename(unit)));
  await copyFile(STATIC_POD, join(root, 'etc/kubernetes/manifests', basename(STATIC_POD)));
  const containerd = await readFile(join(GUEST, CONTAINERD), 'utf8');
  const isSystemd = `SystemdCgroup = ${cgroupDriver === 'systemd'}`;
  await writeFile(join(root, CONTAINERD), containerd.replace('SystemdCgroup = true', isSystemd));
  await control.invite(root, cgroupDriver);
}

async function importImages(root: string, images: readonly string[]): Promise<void> {
  const own = ['--mount', '--pid', '--fork', '--kill-child'];
  const importing = promisify(execFile)('unshare', [...own, IMPORT, root, ...images]);
  endWithTests(importing.child);
  await importing;
}
