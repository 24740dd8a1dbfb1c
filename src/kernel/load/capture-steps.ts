import { join } from 'node:path';
import type { Sizes } from '../machine.ts';
import { connectionShape, inheritMap, makeMap, mapShapes } from './map-shapes.ts';
import { bpftool, type Step } from './step.ts';
import type { VersionPaths } from './version-paths.ts';

/** Loads a capture with its shared maps, attaches its tracing programs, and pins all programs. */
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
  /** Directory of the inherited maps, if any. */
  readonly heirMaps: string | undefined;
}

/**
 * Loads the first capture that uses the map of connections. The map is inherited if possible, so
 * that no connection is lost. Only an object can create socket storage, because its values need
 * BTF.
 */
export function loadConnections(
  capture: string,
  map: string,
  at: VersionPaths,
  { sizes, objects, heirMaps }: ConnectionsFrom,
): Step[] {
  const [shared, pinned, created] = [mapShapes(sizes), join(at.maps, map), join(at.root, 'made')];
  const byAddress = connectionShape(sizes);
  if (heirMaps === undefined && map !== byAddress.name)
    return [
      ...loadCapture(capture, at, objects, shared, 'pinmaps', created),
      { do: 'rename', path: join(created, map), to: pinned },
      { do: 'remove', path: created },
    ];
  return [
    heirMaps === undefined ? makeMap(byAddress, at.maps) : inheritMap(map, at.maps, heirMaps),
    ...loadCapture(capture, at, objects, [...shared, { name: map }]),
  ];
}

/**
 * Pins a table that is read by pages: an iterator over another kernel object, which reads the map.
 */
export function pinPages(
  table: string,
  map: string,
  at: { readonly maps: string; readonly programs: string; readonly tables: string },
  objects: string,
): Step[] {
  const pins = join(at.programs, `${table}_table`); // names on a bpffs cannot contain dots
  return [
    ...loadObject(join(objects, `${table}.iter.bpf.o`), pins, at.maps, [{ name: map }]),
    { do: 'rename', path: join(pins, `dump_${table}`), to: join(at.tables, table) },
    { do: 'remove', path: pins },
  ];
}

/** Pins a table as a file: an iterator over its map. */
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
