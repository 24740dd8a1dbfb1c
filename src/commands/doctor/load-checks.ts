import { readdirSync } from 'node:fs';
import { PINS } from '../../kernel/bpffs.ts';
import { type Bpftool, findBpftool } from '../../kernel/bpftool.ts';
import { hasFlock } from '../../kernel/files/lock.ts';
import { PathError, requireSafePath } from '../../kernel/files/safe-path.ts';
import { orphansBelow } from '../../kernel/load/attachments.ts';
import { CAPABILITY } from '../../kernel/load/capabilities.ts';
import {
  type Check,
  type CheckResult,
  type CheckVerdict,
  fail,
  failToLoad,
  ok,
  warn,
} from './check.ts';
import type { Host } from './host.ts';
import { tables } from './table-checks.ts';

const bpffs: Check = {
  name: 'bpffs',
  run: async (host) => {
    const directory = host.config.bpffs;
    const unsafe = host.isReal && (await pathErrorOf(directory));
    if (unsafe) return fail(unsafe.trouble, unsafe.remedy);
    const holder = host.mountOf(directory);
    if (holder?.type === 'bpf') return ok(`${directory} is on the bpffs at ${holder.mountPoint}`);
    if (!(host.read('/proc/filesystems') ?? '').split(/\s+/).includes('bpf')) {
      return fail('this kernel has no bpffs', 'use a kernel built with CONFIG_BPF_SYSCALL=y');
    }
    if (isEmpty(host.at(directory))) return ok(`vigia load will mount ${directory}`);
    return fail(
      `${directory} is not a bpffs and is not empty`,
      'set another directory with --bpffs (VIGIA_BPFFS)',
    );
  },
};

async function pathErrorOf(path: string): Promise<PathError | undefined> {
  return await requireSafePath(path, PINS).then(
    () => undefined,
    (err: unknown) => {
      if (err instanceof PathError) return err;
      throw err;
    },
  );
}

const bpftool: Check = {
  name: 'bpftool',
  run: async (host) => {
    const found = await findBpftool(host.config.bpftool).catch((err: Error) => err);
    if (found instanceof Error) {
      return failToLoad(
        host,
        found.message.split('\n')[1] ?? found.message,
        'install bpftool 7.3 or newer (Debian 12: from backports), or set its path with --bpftool',
      );
    }
    const version = (await found.run(['version'])).split('\n')[0] ?? '';
    return ok(`${version} at ${found.path}`);
  },
};

const flock: Check = {
  name: 'flock',
  run: () =>
    hasFlock()
      ? ok('installed')
      : fail('not found; vigia load and vigia run need it for locks', 'install util-linux'),
};

interface Capability {
  readonly name: string;
  readonly bit: number;
  readonly purpose: string;
  /** How bad it is to lack it. */
  readonly lacking: (host: Host) => CheckVerdict;
}

function capability(
  name: keyof typeof CAPABILITY,
  purpose: string,
  lacking: Capability['lacking'],
): Capability {
  const words = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  return { name: `CAP_${words}`, bit: CAPABILITY[name], purpose, lacking };
}

const CAPABILITIES: readonly Capability[] = [
  capability('chown', 'to change the owner of the tables', () => 'fail'),
  capability('netAdmin', 'to attach to network traffic', () => 'fail'),
  capability('perfmon', 'to attach to the scheduler', () => 'fail'),
  capability('bpf', 'to load programs', () => 'fail'),
  capability('sysAdmin', 'to mount a bpffs', (host) => (isOnBpffs(host) ? 'ok' : 'fail')),
  // Since 5.11 maps count as memory of the loader's cgroup.
  capability('sysResource', 'to lock memory before Linux 5.11', (host) =>
    host.isOlderThan(5, 11) ? 'fail' : 'ok',
  ),
  capability('sysAdmin', 'to find programs that a lost bpffs left attached', () => 'warn'),
  capability('setuid', 'to switch to --uid, as vigia run does', () => 'warn'),
];

function isOnBpffs(host: Host): boolean {
  return host.mountOf(host.config.bpffs)?.type === 'bpf';
}

const capabilities: Check = {
  name: 'capabilities',
  run: (host) => {
    const missing = CAPABILITIES.filter(({ bit }) => !host.hasCapability(bit));
    if (host.isLoaded && missing.length > 0)
      return ok('none needed, because the programs are loaded');
    const [needed, helpful] = (['fail', 'warn'] as const).map((verdict) =>
      missing
        .filter(({ lacking }) => lacking(host) === verdict)
        .map(({ name, purpose }) => `${name} (${purpose})`)
        .join(', '),
    );
    if (needed) return fail(`vigia load lacks ${needed}`, 'run as root: vigia load');
    if (helpful)
      return warn(`vigia load works without ${helpful}`, 'if you need that, run as root');
    return ok('all that vigia load needs');
  },
};

/** Programs that a lost bpffs left behind cost time at every packet, and nothing reads their counts. */
const leftovers: Check = {
  name: 'leftovers',
  run: async (host) => {
    const mount = host.mounts().find(({ type }) => type === 'cgroup2')?.mountPoint;
    const tool = await findBpftool(host.config.bpftool).catch(() => undefined);
    if (!tool || !mount || !host.hasCapability(CAPABILITY.sysAdmin))
      return ok('not checked; this needs root and bpftool');
    return await leftoversAt(tool, host.at(host.config.cgroup ?? mount));
  },
};

async function leftoversAt(tool: Bpftool, cgroup: string): Promise<CheckResult> {
  const orphans = await orphansBelow(tool, cgroup);
  if (orphans.length === 0) return ok('none');
  const each = orphans.map(({ name, id }) => `${name} (${id})`).join(', ');
  return warn(`attached to ${cgroup}, but not pinned: ${each}`, 'run as root: vigia unload');
}

/** True for a missing directory. */
function isEmpty(directory: string): boolean {
  try {
    return readdirSync(directory).length === 0;
  } catch {
    return true;
  }
}

export const loadChecks: readonly Check[] = [
  bpffs,
  bpftool,
  flock,
  capabilities,
  tables,
  leftovers,
];
