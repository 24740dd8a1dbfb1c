import { expect, test } from 'vitest';
import { openScene, type Scene } from '../../lab/scene/scene.ts';
import {
  expectAnswersBeside,
  expectExecsBeside,
  expectLoginsBeside,
  neighbor,
  SHARE,
} from '../../trials/mining/emulators/floods.ts';

test("every login of a pod is seen while another's stream of mining messages runs, and after", async () => {
  await expectLoginsBeside(4);
});

test('unread parts of the stream are counted for its pod, and reading resumes a little later', async () => {
  await using stack = new AsyncDisposableStack();
  const scene = stack.use(await openScene());
  const hostile = await neighbor(stack, scene, 'hostile', ['payload', '1', SHARE]);
  await hostile.end();
  const lost = scene.lost()['payload.over_share'] ?? 0;
  expect(lost).toBeGreaterThan(0);
  expect(scene.usageOf(`${scene.cgroup}/hostile`).evidenceLost).toBe(lost);
});

test('a stream of mining messages is as fast as without inspection', async () => {
  await using stack = new AsyncDisposableStack();
  const blind = stack.use(await openScene({ mining: [] }));
  const octetsIn = async (scene: Scene) => {
    const hostile = await neighbor(stack, scene, 'hostile', ['payload', '0.7', SHARE]);
    return Number((await hostile.end()).split('\n')[1]);
  };
  // Alternating, and the best of each, because the machine may be busy; each time with a full
  // reading budget.
  const octets = { read: 0, unread: 0 };
  for (let round = 0; round < 3; round++) {
    octets.unread = Math.max(octets.unread, await octetsIn(blind));
    const reading = stack.use(await openScene());
    octets.read = Math.max(octets.read, await octetsIn(reading));
  }
  process.stdout.write(`a stream that is read flows at ${octets.read / octets.unread}\n`);
  expect(octets.read / octets.unread).toBeGreaterThan(0.8);
});

test("a pod's execs are seen while another starts miners as fast as it can", async () => {
  await expectExecsBeside(4);
});

test("a pod's DNS answers are kept while another has as many as it can", async () => {
  await expectAnswersBeside(2);
});
