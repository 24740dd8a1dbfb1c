import { listFindings, watchFindings } from '../../api/grpc/client.ts';
import type { FindingSnapshot, FindingsRequest } from '../../api/grpc/view.ts';
import type { Options } from '../../config/config.ts';
import type { Invocation } from '../command.ts';
import { callTargetOf, withRemedy } from '../list/call-failure.ts';
import { standardOutput, whileRead } from '../list/sink.ts';
import { listing } from './listing.ts';

/** Prints findings once, or with --watch on every change until a signal or until the reader is gone. */
export async function run(invocation: Invocation<'findings'>): Promise<number> {
  const ended = whileRead(invocation.signal);
  const show = listing(invocation.options, standardOutput);
  try {
    for await (const snapshot of snapshots(invocation, ended)) show(snapshot);
  } catch (err) {
    if (ended.aborted) return 0;
    throw withRemedy(err, 'findings', invocation);
  }
  return 0;
}

async function* snapshots(
  invocation: Invocation<'findings'>,
  signal: AbortSignal,
): AsyncGenerator<FindingSnapshot> {
  const { options } = invocation;
  const target = callTargetOf(invocation);
  const request = requestOf(options);
  if (options.watch) yield* watchFindings(target, request, signal);
  else yield await listFindings(target, request, signal);
}

function requestOf({ namespace = '', pod = '', minScore = 0 }: Options): FindingsRequest {
  return { namespace, pod, minScore };
}
