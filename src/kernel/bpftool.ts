import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readdirSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What bpftool said when it failed, and what to do about it. */
export class BpftoolError extends Error {
  override readonly name = 'BpftoolError';
  readonly said: string;

  constructor(args: readonly string[], said: string, cause?: unknown) {
    const hint = hintFor(said);
    super(`bpftool ${args.join(' ')}\n${said}${hint ? `\n→ ${hint}` : ''}`, { cause });
    this.said = said;
  }
}

/** First match wins. */
const HINTS: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [/ENOENT|spawn/, 'bpftool was not found: install it, or name it with --bpftool (vigia doctor)'],
  [
    /expected .*autoattach|unknown keyword 'autoattach'/,
    'bpftool is too old: 7.3 or newer is needed',
  ],
  [
    /loading kernel BTF|failed to find valid kernel BTF/,
    'the kernel has no BTF: run one built with CONFIG_DEBUG_INFO_BTF=y, as all large ' +
      'distributions do',
  ],
  [/want bpftool/, 'install it, or name it with --bpftool'],
  [
    /failed to attach program/,
    'a program that someone else attached to this cgroup or above it, without `multi`, forbids ' +
      'ours: bpftool cgroup tree shows it',
  ],
  [/RLIMIT_MEMLOCK|[Cc]annot allocate memory/, 'too little memory: lower --map-memory'],
  [/[Oo]peration not permitted/, 'run as root, or with CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN'],
  [/No space left|E2BIG|Argument list too long/, 'too large for this kernel: lower --map-memory'],
  [/Permission denied/, 'the kernel refused the program: please report this with the text above'],
];

function hintFor(said: string): string | undefined {
  return HINTS.find(([pattern]) => pattern.test(said))?.[1];
}

/** Runs one bpftool; there is no other way into the kernel than this. */
export class Bpftool {
  readonly path: string;
  readonly #kept: readonly number[];

  constructor(path: string, kept: readonly number[] = []) {
    this.path = path;
    this.#kept = kept;
  }

  /** The same, whose processes keep a file open: a lock on it outlives a caller that is killed. */
  keeping(fd: number): Bpftool {
    return new Bpftool(this.path, [fd]);
  }

  /** Returns what it printed. Throws {@link BpftoolError}. */
  async run(args: readonly string[], signal?: AbortSignal): Promise<string> {
    try {
      const child = spawn(this.path, args, {
        stdio: ['ignore', 'pipe', 'pipe', ...this.#kept],
        ...(signal && { signal }),
      });
      return await outputOf(child);
    } catch (error) {
      throw new BpftoolError(args, saidBy(error), error);
    }
  }

  /** The same with `-j`, parsed. */
  async json<T>(args: readonly string[], signal?: AbortSignal): Promise<T> {
    const text = await this.run(['-j', ...args], signal);
    return JSON.parse(text.trim() || '[]') as T;
  }
}

/** What a child printed. Throws with it where the child failed, as execFile does. */
async function outputOf(child: ChildProcess): Promise<string> {
  const [stdout, stderr] = [child.stdout, child.stderr].map(async (stream) => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream ?? []) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  });
  const [[code, signal], printed, said] = await Promise.all([once(child, 'close'), stdout, stderr]);
  if (code === 0) return printed ?? '';
  throw Object.assign(new Error(`it ended with ${signal ?? code}`), {
    stdout: printed,
    stderr: said,
  });
}

/** bpftool prints its errors to stderr, and as {"error": …} to stdout with -j. */
function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stderr, stdout } = error as Error & { stderr?: string; stdout?: string };
  const told = [stderr, stdout].map((text) => text?.trim() ?? '').filter((text) => text !== '');
  const tail = told.join('\n').split('\n').slice(-40).join('\n');
  return tail === '' ? error.message : tail;
}

/** The bpftool asked for, else those of the usual places; Ubuntu keeps one a kernel. */
export function bpftoolCandidates(asked?: string): string[] {
  if (asked !== undefined) return [asked];
  const places = (process.env['PATH'] ?? '').split(':').filter((place) => place !== '');
  const tools = '/usr/lib/linux-tools';
  const perKernel = listed(tools)
    .sort()
    .reverse()
    .map((kernel) => `${tools}/${kernel}`);
  return [...places, '/usr/sbin', '/usr/local/sbin', ...perKernel]
    .map((place) => `${place}/bpftool`)
    .filter(isExecutable);
}

/** The first bpftool that can attach what it loads. Throws where there is none. */
export async function findBpftool(asked?: string): Promise<Bpftool> {
  const tried: string[] = [];
  for (const path of bpftoolCandidates(asked)) {
    const bpftool = new Bpftool(path);
    if (await canAttach(bpftool)) return bpftool;
    tried.push(`${path} ${isExecutable(path) ? 'is too old (no autoattach)' : 'is not there'}`);
  }
  const found = tried.length > 0 ? tried.join(', ') : 'none found';
  throw new BpftoolError(['version'], `want bpftool 7.3 or newer; ${found}`);
}

async function canAttach(bpftool: Bpftool): Promise<boolean> {
  const help = await run(bpftool.path, ['prog', 'help']).then(
    ({ stdout, stderr }) => stdout + stderr,
    (error: unknown) => saidBy(error),
  );
  return help.includes('autoattach');
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
