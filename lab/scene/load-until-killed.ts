/**
 * Loads or unloads, and kills itself with SIGKILL before a step. Prints "ready", and begins when
 * its input ends, because starting takes longer than loading. Exits normally if there are fewer
 * steps.
 *
 *   node lab/scene/load-until-killed.ts load|unload OPTIONS STEP
 */
import { once } from 'node:events';
import { findBpftool } from '../../src/kernel/bpftool.ts';
import type { LoadOptions } from '../../src/kernel/load/load-plan.ts';
import { load, unload } from '../../src/kernel/load/loader.ts';

const [deed, json = '', last] = process.argv.slice(2);
const bpftool = await findBpftool(process.env['VIGIA_BPFTOOL']);
const options = JSON.parse(json) as LoadOptions;
let steps = 0;
const watcher = {
  beforeStep: (): void => {
    if (steps++ === Number(last)) process.kill(process.pid, 'SIGKILL');
  },
};
process.stdout.write('ready\n');
await once(process.stdin.resume(), 'end');
await (deed === 'load' ? load : unload)(bpftool, options, watcher);
