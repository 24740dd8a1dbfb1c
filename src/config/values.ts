import { posix } from 'node:path';
import { parseNetwork } from '../core/flow/network.ts';
import type { Thresholds } from '../core/mining/verdict/finding.ts';

/** Parses the text of a setting; undefined for a text that is not valid. */
export type Parse<T> = (text: string) => T | undefined;

/** One setting as data: its flag, environment variable, help and documentation come from here. */
export interface Setting<T> {
  /** The flag without its dashes. */
  readonly name: string;
  /** As a user would write it; a function where the machine decides. */
  readonly fallback?: string | (() => string);
  /** Describes the default in help and documentation where the machine decides. */
  readonly fallbackNote?: string;
  readonly help: string;
  /** Completes "want …". */
  readonly expected: string;
  readonly parse: Parse<T>;
}

export interface ListenAddress {
  /** Undefined: every address of the host, IPv6 and IPv4. */
  readonly host?: string;
  readonly port: number;
}

const MS_PER = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const BYTES_PER = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** "500ms", "5s", "1.5m", "1h", in milliseconds. */
export function duration(minMs: number, maxMs: number): Parse<number> {
  return (text) => {
    const [, digits, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text) ?? [];
    if (digits === undefined || unit === undefined) return undefined;
    return within(Number(digits) * MS_PER[unit as keyof typeof MS_PER], minMs, maxMs);
  };
}

/** "128MiB", "1GiB" or a bare number of bytes. */
export function size(minBytes: number, maxBytes: number): Parse<number> {
  return (text) => {
    const [, digits, unit] = /^(\d{1,15})(|KiB|MiB|GiB)$/.exec(text) ?? [];
    if (digits === undefined || unit === undefined) return undefined;
    return within(Number(digits) * BYTES_PER[unit as keyof typeof BYTES_PER], minBytes, maxBytes);
  };
}

export function integer(min: number, max: number): Parse<number> {
  return (text) => (/^\d{1,15}$/.test(text) ? within(Number(text), min, max) : undefined);
}

export function oneOf<const Choice extends string>(choices: readonly Choice[]): Parse<Choice> {
  return (text) => choices.find((choice) => choice === text);
}

/** "on" selects all, "off" none, and a comma-separated list the named ones. */
export function someOf<const Choice extends string>(
  choices: readonly Choice[],
): Parse<readonly Choice[]> {
  return (text) => {
    if (text === 'on') return choices;
    if (text === 'off') return [];
    const words = text.split(',').map((word) => word.trim());
    if (!words.every((word) => choices.some((choice) => choice === word))) return undefined;
    return choices.filter((choice) => words.includes(choice));
  };
}

/**
 * Comma-separated "shop", "shop/web" or "/web". The part before the slash is a Kubernetes namespace, or
 * the parent of a systemd unit or cgroup; "/web" has none.
 */
export function podNames(text: string): readonly string[] | undefined {
  const names = text.split(',').map((name) => name.trim());
  return names.every((name) => /^(?:[^/\s]+|[^/\s]*\/[^/\s]+)$/.test(name)) ? names : undefined;
}

/** ":9770", "127.0.0.1:9770", "localhost:9770", "[::1]:9770". Port 0 lets the kernel choose. */
export function listenAddress(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits] =
    /^(?:\[([\da-fA-F:.%]+)\]|([\w.-]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = within(Number(digits), 0, 65_535);
  if (digits === undefined || port === undefined) return undefined;
  const host = bracketed ?? plain;
  return host ? { host, port } : { port };
}

/** An absolute path, without a trailing slash. */
export function absolutePath(text: string): string | undefined {
  if (!text.startsWith('/') || text.includes('\0')) return undefined;
  return text.length > 1 ? text.replace(/\/+$/, '') || '/' : text;
}

/** A path inside the cgroup v2 hierarchy; a path below /sys/fs/cgroup is a mistake. */
export function cgroupPath(text: string): string | undefined {
  const path = absolutePath(text);
  const isElsewhere = path === undefined || /^\/sys\/fs\/cgroup(?:\/|$)/.test(path);
  return isElsewhere || path.split('/').some((name) => /^\.\.?$/.test(name)) ? undefined : path;
}

/** The same, normalized, because it is compared with paths that the kernel reports. */
export function plainPath(text: string): string | undefined {
  const path = absolutePath(text);
  return path && posix.normalize(path);
}

/** Longest path of a Unix socket on Linux: `sun_path` in unix(7), without its final zero. */
const SOCKET_PATH_BYTES = 107;

export function socketPath(text: string): string | undefined {
  const path = absolutePath(text);
  if (path === undefined || Buffer.byteLength(path) > SOCKET_PATH_BYTES) return undefined;
  return path;
}

/** A path, which can be relative to the working directory. */
export function anyPath(text: string): string | undefined {
  return text !== '' && !text.includes('\0') ? text : undefined;
}

/** A name or the start of one. 253 characters is the longest name of Kubernetes and DNS. */
export function searchText(text: string): string | undefined {
  return text !== '' && text.length <= 253 ? text : undefined;
}

/** Comma-separated networks, such as "10.42.0.0/16,fd00:10::/32". */
export function networks(text: string): readonly string[] | undefined {
  const cidrs = text.split(',').map((cidr) => cidr.trim());
  return cidrs.every(isNetwork) ? cidrs : undefined;
}

/** NOTE: an address without a prefix length is refused, because it is usually a mistake. */
function isNetwork(cidr: string): boolean {
  return cidr.includes('/') && parseNetwork(cidr) !== undefined;
}

/** Comma-separated host names, such as "vigia.example.com,*.example.net". */
export function hostPatterns(text: string): readonly string[] | undefined {
  const names = text.split(',').map((name) => name.trim());
  const isPattern = (name: string) => /^(?:\*\.)?[\w-]+(?:\.[\w-]+)*$/.test(name);
  return names.every(isPattern) ? names : undefined;
}

/** A name for the `node` label, in lower case as kubelets register it. */
export function nodeName(text: string): string | undefined {
  return /^[\w.:-]{1,253}$/.test(text) ? text.toLowerCase() : undefined;
}

function within(amount: number, min: number, max: number): number | undefined {
  return amount >= min && amount <= max ? amount : undefined;
}

export function miningScores(text: string): Thresholds | undefined {
  const [suspicious, mining, ...more] = text.split(',').map(integer(1, 100));
  if (suspicious === undefined || mining === undefined || more.length > 0) return undefined;
  return suspicious <= mining ? { suspicious, mining } : undefined;
}
