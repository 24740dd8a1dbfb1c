import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startInside } from '../lab/process/process.ts';
import { openScene, type Scene } from '../lab/scene/scene.ts';
import { compiledProgram } from './compiled.ts';
import { CGROUPS_A_POD, cgroupPath } from './pod-layout.ts';

/** A scene with the cgroups of this many pods, and a process in each container. */
export async function openRealNode(stack: AsyncDisposableStack, pods: number): Promise<Scene> {
  const scene = stack.use(await openScene());
  const containers: string[] = [];
  for (let pod = 0; pod < pods; pod++) {
    for (let member = 0; member < CGROUPS_A_POD; member++) {
      const path = join(scene.cgroup, cgroupPath(pod, member));
      mkdirSync(path, { recursive: true });
      if (member > 0) containers.push(path);
    }
  }
  const home = scene.makeCgroup('inhabitants');
  const program = compiledProgram('inhabitants');
  const inhabitants = stack.use(await startInside(home, [program, ...containers]));
  await inhabitants.prints('ready');
  return scene;
}
