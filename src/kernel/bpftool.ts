import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readdirSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The output of a failed bpftool, with a hint. */
export class BpftoolError extends Error {
  override readonly name = 'BpftoolError';
  readonly output: string;

  constructor(args: readonly string[], output: string, cause?: unknown) {
    const hint = hintFor(output);
    super(`bpftool ${args.join(' ')}\n${output}${hint ? `\n→ ${hint}` : ''}`, { cause });
    this.output = output;
  }
}

/** First match wins. */
const HINTS: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [
    /ENOENT|spawn/,
    'bpftool not found: install it, or set its path with --bpftool (see vigia doctor)',
  ],
  [
    /expected .*autoattach|unknown keyword 'autoattach'/,
    'bpftool is too old: Vigia needs 7.3 or newer',
  ],
  [
    /loading kernel BTF|failed to find valid kernel BTF/,
    'the kernel has no BTF: use a kernel built with CONFIG_DEBUG_INFO_BTF=y, like those of all ' +
      'large distributions',
  ],
  [/bpftool \S+ or newer is required/, 'install it, or set its path with --bpftool'],
  [
    /failed to attach program/,
    'another program, attached to this cgroup or above it without `multi`, excludes all others: ' +
      'bpftool cgroup tree shows it',
  ],
  [/RLIMIT_MEMLOCK|[Cc]annot allocate memory/, 'not enough memory: lower --map-memory'],
  [/[Oo]peration not permitted/, 'run as root, or with CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN'],
  [/No space left|E2BIG|Argument list too long/, 'too large for this kernel: lower --map-memory'],
  [/Permission denied/, 'the kernel rejected the program: please report this with the text above'],
];

function hintFor(output: string): string | undefined {
  return HINTS.find(([pattern]) => pattern.test(output))?.[1];
}

/** Runs one bpftool. All access to the kernel except reading tables uses it. */
export class Bpftool {
  readonly path: string;
  readonly #inherited: readonly number[];

  constructor(path: string, inherited: readonly number[] = []) {
    this.path = path;
    this.#inherited = inherited;
  }

  /**
   * The same with a file that its processes keep open, so that its lock outlives a killed caller.
   */
  keeping(fd: number): Bpftool {
    return new Bpftool(this.path, [fd]);
  }

  /** Returns the output. Throws {@link BpftoolError}. */
  async run(args: readonly string[], signal?: AbortSignal): Promise<string> {
    try {
      const child = spawn(this.path, args, {
        stdio: ['ignore', 'pipe', 'pipe', ...this.#inherited],
        ...(signal && { signal }),
      });
      return await outputOf(child);
    } catch (error) {
      throw new BpftoolError(args, outputOfError(error), error);
    }
  }

  /** The same with `-j`, parsed. */
  async json<T>(args: readonly string[], signal?: AbortSignal): Promise<T> {
    const text = await this.run(['-j', ...args], signal);
    return JSON.parse(text.trim() || '[]') as T;
  }
}

/** The output of a process. If it fails, the error contains the output, like that of execFile. */
async function outputOf(child: ChildProcess): Promise<string> {
  const [stdout, stderr] = [child.stdout, child.stderr].map(async (stream) => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream ?? []) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  });
  const [[code, signal], printed, errors] = await Promise.all([
    once(child, 'close'),
    stdout,
    stderr,
  ]);
  if (code === 0) return printed ?? '';
  throw Object.assign(new Error(`exited with ${signal ?? code}`), {
    stdout: printed,
    stderr: errors,
  });
}

/** bpftool prints its errors to stderr, and as {"error": …} to stdout with -j. */
function outputOfError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stderr, stdout } = error as Error & { stderr?: string; stdout?: string };
  const texts = [stderr, stdout].map((text) => text?.trim() ?? '').filter((text) => text !== '');
  const tail = texts.join('\n').split('\n').slice(-40).join('\n');
  return tail === '' ? error.message : tail;
}

/** The given bpftool, or those in PATH and the usual directories. Ubuntu has one per kernel. */
export function bpftoolCandidates(given?: string): string[] {
  if (given !== undefined) return [given];
  const directories = (process.env['PATH'] ?? '').split(':').filter((each) => each !== '');
  const tools = '/usr/lib/linux-tools';
  const perKernel = listed(tools)
    .sort()
    .reverse()
    .map((kernel) => `${tools}/${kernel}`);
  return [...directories, '/usr/sbin', '/usr/local/sbin', ...perKernel]
    .map((directory) => `${directory}/bpftool`)
    .filter(isExecutable);
}

/** The first bpftool with autoattach. Throws if there is none. */
export async function findBpftool(given?: string): Promise<Bpftool> {
  const tried: string[] = [];
  for (const path of bpftoolCandidates(given)) {
    const bpftool = new Bpftool(path);
    if (await canAttach(bpftool)) return bpftool;
    tried.push(`${path} ${isExecutable(path) ? 'is too old (no autoattach)' : 'does not exist'}`);
  }
  const found = tried.length > 0 ? tried.join(', ') : 'none found';
  throw new BpftoolError(['version'], `bpftool 7.3 or newer is required; ${found}`);
}

async function canAttach(bpftool: Bpftool): Promise<boolean> {
  const help = await run(bpftool.path, ['prog', 'help']).then(
    ({ stdout, stderr }) => stdout + stderr,
    outputOfError,
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
