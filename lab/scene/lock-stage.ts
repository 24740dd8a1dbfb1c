import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyShipped, type Shipped } from '../process/shipped.ts';
import { openScene, QUICK, type Scene } from './scene.ts';

/** A quick scene, a copy of the shipped program for other users, and a temporary directory. */
export interface LockStage extends AsyncDisposable {
  readonly scene: Scene;
  readonly shipped: Shipped;
  readonly temporary: string;
}

export async function openLockStage(): Promise<LockStage> {
  await using stack = new AsyncDisposableStack();
  const scene = stack.use(await openScene(QUICK));
  const shipped = stack.use(await copyShipped());
  const temporary = await mkdtemp(join(tmpdir(), 'vigia-locks-'));
  stack.defer(() => rm(temporary, { recursive: true }));
  const all = stack.move();
  return { scene, shipped, temporary, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** The start of the name of a lock's holder, in errors. */
export function holderName(pid: number): string {
  return `process ${pid} on ${hostname()}, since 20`;
}
