import { copyFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KERNEL, OBJECTS } from '../lab/scene/connection-ways.ts';
import { compiledPath } from '../src/kernel/load/objects.ts';
import { compiledObject } from './compiled.ts';
import { addedCosts, type Traffic } from './paired-loads.ts';
import type { Section } from './report.ts';

/** Only UDP: a TCP packet runs no instruction for its flow. */
const DATAGRAMS: Traffic = {
  what: 'packet, UDP of 64 bytes, connected socket',
  kind: 'datagrams',
  args: ['60000'],
  limitNs: 5,
};

export const flows: Section = {
  name: 'flows',
  title: 'Flows: ns per run added to a datagram, between two loads that see the same packets',
  measure: async (signal) => {
    using stack = new DisposableStack();
    const more = { objects: OBJECTS };
    const less = { objects: objectsWithoutFlows(stack) };
    return await addedCosts({ more, less, traffic: [DATAGRAMS] }, signal);
  },
};

/** The shipped objects, except that datagrams are not added to flows. */
function objectsWithoutFlows(stack: DisposableStack): string {
  const directory = mkdtempSync(join(tmpdir(), 'vigia-bench-objects-'));
  stack.defer(() => rmSync(directory, { recursive: true }));
  cpSync(OBJECTS, directory, { recursive: true });
  const replaced = compiledPath({ objects: directory, ...KERNEL }, 'net');
  const defines = KERNEL.hasSocketStorage ? [] : ['-DCONNECTIONS_BY_ADDRESS'];
  copyFileSync(compiledObject('net-without-flows', defines), replaced);
  return directory;
}
