import { TLSSocket } from 'node:tls';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpCounts } from '../../core/self/http-counts.ts';
import type { Access } from './access/access.ts';
import { isOwnHost } from './access/host-header.ts';
import { shareOf } from './gate/address-group.ts';
import type { Turnstile } from './gate/turnstile.ts';
import { HEALTH_PATHS } from './health.ts';

/** Access rules for requests, and headers for responses. */
export interface Guard {
  /** Undefined: everyone has access. */
  readonly access?: Access | undefined;
  /** Headers of every response. */
  readonly headers?: ReadonlyMap<string, string> | undefined;
}

export interface GuardOptions {
  /** The current guard; it changes with the web configuration. */
  readonly guard: () => Guard;
  /** Public host names under which pages are shown, in addition to addresses and private names. */
  readonly hosts: readonly string[];
  readonly counts: HttpCounts;
}

/** Paths for programs, which may use any host name. */
const ANY_HOST = [...HEALTH_PATHS, '/metrics'];

const WRONG_HOST =
  'this page is available only under addresses and private names: ' +
  'use the address of the node, or allow the name with --allowed-hosts (VIGIA_ALLOWED_HOSTS)\n';

/** A hook for the start of each request. If it replies, the request ends there. */
export function guardBy({ guard, hosts, counts }: GuardOptions) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { access, headers = [] } = guard();
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
    for (const [name, text] of headers) reply.header(name, text);
    if (hasBody(request)) {
      reply.header('connection', 'close');
      return plain(reply, 413, 'requests must not have a body\n');
    }
    // The routed path, not the requested one, so that no other spelling of a path is public.
    const path = request.routeOptions.url ?? '';
    if (!ANY_HOST.includes(path) && !isOwnHost(request.headers.host, hosts)) {
      counts.refused.host++;
      return plain(reply, 421, WRONG_HOST);
    }
    if (!access || HEALTH_PATHS.includes(path)) return;
    const denial = await access({ path: path || pathOf(request), ...clientOf(request) });
    if (!denial) return;
    counts.refused[denial.reason]++;
    reply.headers(denial.headers ?? {});
    return plain(reply, denial.status, `${denial.text}\n`);
  };
}

/** Replies with plain text. */
export function plain(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).header('content-type', 'text/plain; charset=utf-8').send(text);
}

function clientOf({ headers: { authorization }, raw }: FastifyRequest) {
  const { stream } = raw.socket as unknown as Turnstile;
  const tls = stream instanceof TLSSocket ? stream : undefined;
  return { authorization, address: shareOf(stream.remoteAddress), tls };
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?')[0] ?? '';
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
