import { NODE_NAME_REMEDY, unknownNodeText } from '../../core/self/node-lookup.ts';
import { credentialsIn } from '../../daemon/cluster.ts';
import { type Check, fail, ok, warn } from './check.ts';
import type { Host } from './host.ts';

const ANSWER_MS = 10_000;

/** Checks the Kubernetes API, if `vigia run` would use it. */
export function apiChecks({ config, isReal }: Host): readonly Check[] {
  const source = credentialsIn(config.kubeconfig, isReal ? process.env : {});
  if (config.kubernetes === 'off' || source === undefined || source === 'no token') return [];
  return [
    {
      name: 'kubernetes',
      run: async () => {
        const { findNode } = await import('../../workloads/kubernetes/kubernetes.ts');
        try {
          const node = await findNode(source, config.nodeName, AbortSignal.timeout(ANSWER_MS));
          if (node.isKnown) return ok(`the Kubernetes API knows the node ${node.name}`);
          if (node.isKnown === false) return fail(unknownNodeText(node), NODE_NAME_REMEDY);
          return warn(
            'the Kubernetes API knows no nodes',
            'wait until the kubelet has registered this node',
          );
        } catch (err) {
          const message = err instanceof Error ? err.message : String(err);
          return warn(
            message.replaceAll('\n', ' '),
            'make the Kubernetes API reachable; until then, pods appear with their uid',
          );
        }
      },
    },
  ];
}
