import { join } from 'node:path';
import type { Sizes } from '../machine.ts';
import { connectionShape, inheritMap, makeMap, mapShapes } from './map-shapes.ts';
import { bpftool, type Step } from './step.ts';
import type { Places } from './version-paths.ts';

/** Loads a capture with the maps that it shares, attaches what attaches itself and pins all. */
export function loadCapture(
  capture: string,
  at: { readonly maps: string; readonly programs: string },
  objects: string,
  maps: readonly { readonly name: string }[],
  ...more: readonly string[]
): Step[] {
  const object = join(objects, `${capture}.bpf.o`);
  return loadObject(object, join(at.programs, capture), at.maps, maps, more);
}

function loadObject(
  object: string,
  pins: string,
  mapDirectory: string,
  maps: readonly { readonly name: string }[],
  more: readonly string[] = [],
): Step[] {
  const shared = maps.flatMap(({ name }) => [
    'map',
    'name',
    name,
    'pinned',
    join(mapDirectory, name),
  ]);
  const load = ['prog', 'loadall', object, pins, ...shared, ...more, 'autoattach'];
  return [{ do: 'mkdir', path: pins, mode: 0o700 }, bpftool(...load)];
}

interface ConnectionsFrom {
  readonly sizes: Sizes;
  readonly objects: string;
  /** Directory of the maps that are taken over. */
  readonly heirMaps: string | undefined;
}

/**
 * Loads the first capture that uses the map of connections, with that map, which is taken over so that
 * none is forgotten. Only an object can make storage of sockets: BTF describes its values.
 */
export function loadConnections(
  capture: string,
  map: string,
  at: Places,
  { sizes, objects, heirMaps }: ConnectionsFrom,
): Step[] {
  const [shared, pinned, made] = [mapShapes(sizes), join(at.maps, map), join(at.root, 'made')];
  const byAddress = connectionShape(sizes);
  if (heirMaps === undefined && map !== byAddress.name)
    return [
      ...loadCapture(capture, at, objects, shared, 'pinmaps', made),
      { do: 'rename', path: join(made, map), to: pinned },
      { do: 'remove', path: made },
    ];
  return [
    heirMaps === undefined ? makeMap(byAddress, at.maps) : inheritMap(map, at.maps, heirMaps),
    ...loadCapture(capture, at, objects, [...shared, { name: map }]),
  ];
}

/** Makes a table a file that comes by pages: an iterator over something else, which shares the map. */
export function pinPages(
  table: string,
  map: string,
  at: { readonly maps: string; readonly programs: string; readonly tables: string },
  objects: string,
): Step[] {
  const pins = join(at.programs, `${table}_table`); // a bpffs has no dots in names
  return [
    ...loadObject(join(objects, `${table}.iter.bpf.o`), pins, at.maps, [{ name: map }]),
    { do: 'rename', path: join(pins, `dump_${table}`), to: join(at.tables, table) },
    { do: 'remove', path: pins },
  ];
}

/** Makes a table a file: an iterator over a map. */
export function pinTable(
  table: string,
  map: string,
  at: { readonly maps: string; readonly tables: string },
  objects: string,
): Step[] {
  const object = join(objects, `${table}.iter.bpf.o`);
  const pinned = ['map', 'pinned', join(at.maps, map)];
  return [bpftool('iter', 'pin', object, join(at.tables, table), ...pinned)];
}
