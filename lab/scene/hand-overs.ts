import { join } from 'node:path';
import { expect } from 'vitest';
import { generationIn } from '../../src/kernel/load/counting.ts';
import { activate, handOverCounting } from '../../src/kernel/load/load-plan.ts';
import { load } from '../../src/kernel/load/loader.ts';
import { perform, type Step } from '../../src/kernel/load/step.ts';
import { startKilled } from './killed-loads.ts';
import type { Scene } from './scene.ts';
import { datagramPair, datagrams, openStage, sendDatagrams, traffic } from './stage.ts';

/** Enough to be in progress while both generations switch. */
const SENT = 1500;
const SIZE = 100;

/** The step of a load at which the older generation starts its hand-over. */
async function handOverStep(scene: Scene): Promise<number> {
  let [steps, found] = [0, -1];
  const beforeStep = (step: Step) => {
    if (found < 0 && step.do === 'bpftool' && step.args.join(' ').startsWith('map update'))
      found = steps;
    steps++;
  };
  const options = { ...scene.options, uid: 1001 };
  expect(await load(scene.bpftool, options, { beforeStep })).toBe('taken over');
  return found;
}

/** Two attached generations of which the older one counts, and the map that controls this. */
async function openBoth(scene: Scene): Promise<{ control: string; older: number }> {
  const step = await handOverStep(scene);
  await using killed = startKilled('load', { ...scene.options, uid: 1002 }, step);
  expect(await killed.run()).toBe(false);
  const control = join(scene.options.bpffs, 'current/maps/control');
  return { control, older: await generationIn(scene.bpftool, control) };
}

/** Fails unless each datagram is counted once, over many hand-overs between generations. */
export async function expectNoneLostIn(handOvers: number): Promise<void> {
  await using stage = await openStage({ mining: [] });
  const { scene } = stage;
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const pair = await datagramPair(west, east, stage.network.east.addresses[4]);
  const { control, older } = await openBoth(scene);
  const at = { control, barrier: join(scene.options.bpffs, 'barrier') };
  for (let i = 1; i <= handOvers; i++) {
    const sending = sendDatagrams(pair, { count: SENT, size: SIZE });
    const steps = handOverCounting(at, older, older + 1);
    for (const step of steps) await perform(step, scene.bpftool);
    await sending;
    await perform(activate(control, older, 0), scene.bpftool);
    const sent = datagrams(4, i * SENT, SIZE);
    expect(traffic(scene.usageOf(west.cgroup), 'transmit', 'udp')).toEqual(sent);
    expect(traffic(scene.usageOf(east.cgroup), 'receive', 'udp')).toEqual(sent);
  }
}
