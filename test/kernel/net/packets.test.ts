import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ownTemporaryDirectory } from '../../../lab/process/temporary.ts';
import { KERNEL } from '../../../lab/scene/connection-ways.ts';
import { OBJECTS, openScene } from '../../../lab/scene/scene.ts';
import { attachedBelow } from '../../../src/kernel/load/attachments.ts';
import { load } from '../../../src/kernel/load/loader.ts';
import { sizesFor } from '../../../src/kernel/load/map-memory.ts';
import { compiledPath } from '../../../src/kernel/load/objects.ts';
import { hostileDnsPackets } from '../../../src/kernel/proof/hostile-dns.ts';
import { hostileMiningPackets } from '../../../src/kernel/proof/hostile-mining.ts';
import { hostilePackets } from '../../../src/kernel/proof/hostile-packets.ts';
import { PacketProofError, provePackets } from '../../../src/kernel/proof/packet-proof.ts';

const SEEDS = [1, 2, 3, 4, 5];
const SOURCES = join(import.meta.dirname, '../../../bpf');

test.each([
  ['packets', hostilePackets],
  ['DNS messages', hostileDnsPackets],
  ['mining messages', hostileMiningPackets],
])('100,000 hostile %s pass, through both programs', async (_, make) => {
  await using scene = await openScene();
  const { bpffs, mapMemoryBytes } = scene.options;
  const sizes = await sizesFor(mapMemoryBytes, scene.options);
  const options = { ...scene.options, sizes, packets: 100_000 };
  const sent = await provePackets(scene.bpftool, { ...options, make: fromEachSeed(make) });
  expect(sent).toBe(100_000);
  expect(existsSync(join(bpffs, 'proof'))).toBe(false);
});

test.each([
  ['any packet', 'return 0;'],
  ['packets with headers that cannot be read', 'return header_bytes(skb) ? PASS : 0;'],
  ['super-packets behind a chain of headers', 'return !skb->gso_size || header_bytes(skb) < 90;'],
  ['large packets', 'return skb->len < 3000;'],
  ['all packets once a DNS answer was stored', 'return !state || !state->answers.written;'],
  [
    'all packets once a DNS query was sent again',
    `
	struct usage_cell *cell = state ? cell_of(state, SLOT_REST) : NULL;
	return !cell || !cell->dns.queries[DNS_TIMEOUT];`,
  ],
  ['all packets once a mining message was reported', 'return !clue_at(0) || !clue_at(0)->state;'],
  [
    'segments that end in the middle of a message',
    `
	struct reader *reader = reader_of(skb, RECEIVE, 0);
	return !reader || !is_reading(reader);`,
  ],
  [
    'segments that end with the length of a DNS message',
    `
	struct dns_socket *dns =
		skb->sk ? bpf_sk_storage_get(&dns_of_socket, skb->sk, NULL, 0) : NULL;
	return !dns || !dns->length_ahead[RECEIVE];`,
  ],
  [
    'IPv4 packets with options',
    `
	u8 first = 0;
	bpf_skb_load_bytes(skb, 0, &first, 1);
	return first >> 4 != 4 || (first & 0xf) < 6 || !header_bytes(skb);`,
  ],
])('a build that drops %s is refused before it is attached', async (_, ending) => {
  await using scene = await openScene();
  using temporary = ownTemporaryDirectory();
  const objects = brokenObjects(join(temporary.path, 'broken'), ending);
  const before = await attachedBelow(scene.bpftool, scene.cgroup);
  const replacing = load(scene.bpftool, { ...scene.options, objects });
  await expect(replacing).rejects.toThrow(PacketProofError);
  await expect(replacing).rejects.toThrow(/^packet \d+ of seed 1 did not pass: 0/);
  expect(await attachedBelow(scene.bpftool, scene.cgroup)).toEqual(before);
  expect(await load(scene.bpftool, scene.options)).toBe('unchanged');
});

type Make = typeof hostilePackets;

/** As many packets from each seed. */
function fromEachSeed(make: Make): Make {
  return function* (_, count) {
    for (const seed of SEEDS) yield* make(seed, count / SEEDS.length);
  };
}

/** The objects, but a program for received packets ends differently. */
function brokenObjects(directory: string, ending: string): string {
  cpSync(OBJECTS, directory, { recursive: true });
  cpSync(SOURCES, join(directory, 'bpf'), { recursive: true });
  const source = join(directory, 'bpf/net/net.bpf.c');
  const text = readFileSync(source, 'utf8');
  const at = text.lastIndexOf('return PASS;');
  writeFileSync(source, `${text.slice(0, at)}${ending}${text.slice(at + 'return PASS;'.length)}`);
  const flags = [
    '-O2',
    '-g',
    '-target',
    'bpf',
    '-mcpu=v3',
    `-I${join(directory, 'bpf')}`,
    `-I${systemHeaders()}`,
  ];
  const kept = KERNEL.hasSocketStorage ? [] : ['-DCONNECTIONS_BY_ADDRESS'];
  const output = compiledPath({ ...KERNEL, objects: directory }, 'net');
  execFileSync('clang', [...flags, ...kept, '-c', source, '-o', output]);
  return directory;
}

/** Debian's directory of the headers that differ between architectures. */
function systemHeaders(): string {
  const machine = execFileSync('uname', ['-m'], { encoding: 'utf8' }).trim();
  return `/usr/include/${machine}-linux-gnu`;
}
