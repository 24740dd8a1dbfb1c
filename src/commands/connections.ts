import { CallError, listConnections } from '../api/grpc/client.ts';
import type { ConnectionsRequest, FlowSnapshot } from '../api/grpc/view.ts';
import type { Options } from '../config.ts';
import { keepTicking } from '../daemon/ticker.ts';
import { type Invocation, UsageError } from './command.ts';
import { listing, type Sink } from './connections/listing.ts';
import { escaped } from './connections/safe-text.ts';

/** Lists once, or at every interval until a signal comes or nobody reads any more. */
export async function run(invocation: Invocation): Promise<number> {
  const { config, options, signal } = invocation;
  const unread = new AbortController();
  process.stdout.once('error', () => unread.abort());
  const show = listing(options, standardOutput);
  const list = async () => show(await ask(invocation));
  await list();
  const ended = AbortSignal.any([signal, unread.signal]);
  if (options.watch) await keepTicking(config.intervalMs, list, ended);
  return 0;
}

const standardOutput: Sink = {
  write: (text) => process.stdout.write(text),
  note: (text) => process.stderr.write(text),
  size: () => (process.stdout.isTTY ? process.stdout : undefined),
};

async function ask(invocation: Invocation): Promise<FlowSnapshot> {
  const { config, options, signal } = invocation;
  try {
    return await listConnections(config.socketPath, requestOf(options), signal);
  } catch (err) {
    throw err instanceof CallError ? explain(err, invocation) : err;
  }
}

function requestOf({ namespace = '', pod = '', peer = '' }: Options): ConnectionsRequest {
  return { namespace, pod, peer };
}

function explain(err: CallError, { config, program }: Invocation): Error {
  const { socketPath } = config;
  const told = escaped(err.message);
  switch (err.failure) {
    case 'absent':
      return new Error(
        `nobody answers on ${socketPath} (${told}): is vigia run running? ` +
          `Start it with: sudo ${program} run, or name its socket with --socket (VIGIA_SOCKET)`,
        { cause: err },
      );
    case 'forbidden': {
      const remedy = `run it as root: sudo ${program} connections`;
      return new Error(`${socketPath} is not for this user: ${remedy}`, { cause: err });
    }
    case 'silent':
      return new Error(`nothing comes from behind ${socketPath}: ${told}`, { cause: err });
    case 'invalid':
      return new UsageError(`--${told}`, { cause: err });
    case 'failed':
      return new Error(`the daemon behind ${socketPath} did not answer: ${told}`, { cause: err });
  }
}
