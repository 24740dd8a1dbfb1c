import { listConnections } from '../../api/grpc/client.ts';
import type { ConnectionsRequest, FlowSnapshot } from '../../api/grpc/view.ts';
import type { Options } from '../../config/config.ts';
import { keepTicking } from '../../daemon/ticker.ts';
import type { Invocation } from '../command.ts';
import { callTargetOf, withRemedy } from '../list/call-failure.ts';
import { standardOutput, whileRead } from '../list/sink.ts';
import { listing } from './listing.ts';

/** Lists once, or with --watch at every interval until a signal or a closed standard output. */
export async function run(invocation: Invocation<'connections'>): Promise<number> {
  const { config, options, signal } = invocation;
  const ended = whileRead(signal);
  const show = listing(options, standardOutput);
  const list = async () => show(await fetchConnections(invocation));
  await list();
  if (options.watch) await keepTicking(config.intervalMs, list, ended);
  return 0;
}

async function fetchConnections(invocation: Invocation<'connections'>): Promise<FlowSnapshot> {
  const { options, signal } = invocation;
  try {
    return await listConnections(callTargetOf(invocation), requestOf(options), signal);
  } catch (err) {
    throw withRemedy(err, 'connections', invocation);
  }
}

function requestOf({ namespace = '', pod = '', peer = '' }: Options): ConnectionsRequest {
  return { namespace, pod, peer };
}
