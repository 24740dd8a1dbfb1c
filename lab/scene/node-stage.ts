import { type NetworkPlace, type NodeNetwork, openNodeNetwork } from '../network/node-network.ts';
import { Peer } from '../network/peer.ts';
import { openScene, type Scene, type SceneSettings } from './scene.ts';

/** A scene with a node's network. */
export interface NodeStage extends AsyncDisposable {
  readonly scene: Scene;
  readonly network: NodeNetwork;
  /** Starts a peer at a place, in a new cgroup. Ends with the stage. */
  readonly peer: (place: NetworkPlace) => Peer;
}

export async function openNodeStage(settings: SceneSettings = {}): Promise<NodeStage> {
  await using stack = new AsyncDisposableStack();
  const scene = stack.use(await openScene(settings));
  const network = stack.use(await openNodeNetwork());
  let peers = 0;
  const all = stack.move();
  return {
    scene,
    network,
    peer: ({ netns }) => all.use(new Peer(scene.makeCgroup(`peer-${peers++}`), netns)),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
