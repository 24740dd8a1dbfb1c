import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';

export interface Address {
  /** Undefined: every address of the host, IPv6 (if available) and IPv4. */
  readonly host?: string;
  readonly port: number;
}

/** The server could not listen. The message includes a remedy. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Connections waiting to be accepted. A flood from one neighbor fills Node's default of 511 in 25 ms. */
const BACKLOG = 4096;

/** Listens, and returns the URL to show to the user. */
export async function listenOn(
  server: Server,
  address: Address,
  scheme: 'http' | 'https' = 'http',
): Promise<string> {
  const { host, port } = address;
  server.listen({ port, backlog: BACKLOG, ...(host ? { host } : {}) });
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new ListenError(explain(address, cause), { cause });
  }
  return `${scheme}://${hostText(host)}:${(server.address() as AddressInfo).port}`;
}

const WILDCARDS = [undefined, '::', '0.0.0.0'];

function hostText(host: string | undefined): string {
  if (host === undefined || WILDCARDS.includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function explain({ host, port }: Address, cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  const where = `cannot listen on ${host?.includes(':') ? `[${host}]` : (host ?? '')}:${port}`;
  const elsewhere = 'choose another address with --listen (VIGIA_LISTEN)';
  if (code === 'EADDRINUSE') {
    const owner = `find the process that uses it: ss -ltnp 'sport = :${port}'`;
    return `${where}: the port is in use; ${elsewhere}, or ${owner}`;
  }
  if (code === 'EACCES') return `${where}: permission denied for this port; ${elsewhere}`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `${where}: this host has no such address; ${elsewhere}`;
  }
  return `${where}: ${cause instanceof Error ? cause.message : String(cause)}; ${elsewhere}`;
}
