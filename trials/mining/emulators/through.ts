/** Carries a session through a proxy or a bridge. */
import type { Turn } from './grammars.ts';
import type { Random } from './json-style.ts';
import { type Framing, framesOf } from './websocket.ts';

const POOL = 'pool.example.org';

export function throughSocks(turns: readonly Turn[]): readonly Turn[] {
  const octets = (...bytes: readonly number[]) => String.fromCharCode(...bytes);
  const connect = `${octets(5, 1, 0, 3, POOL.length)}${POOL}${octets(13, 5)}`;
  return [
    { from: 'client', before: () => octets(5, 1, 0) },
    { from: 'server', before: () => octets(5, 0) },
    { from: 'client', before: () => connect },
    { from: 'server', before: () => octets(5, 0, 0, 1, 0, 0, 0, 0, 0, 0) },
    ...turns,
  ];
}

export function throughConnect(turns: readonly Turn[]): readonly Turn[] {
  const connect = `CONNECT ${POOL}:3333 HTTP/1.1\r\nHost: ${POOL}:3333\r\n\r\n`;
  return [
    { from: 'client', before: () => connect },
    { from: 'server', before: () => 'HTTP/1.1 200 Connection established\r\n\r\n' },
    ...turns,
  ];
}

/** The upgrade, then each message in WebSocket frames. */
export function throughWebSocket(
  turns: readonly Turn[],
  framing: Omit<Framing, 'isMasked'>,
  random: Random,
): readonly Turn[] {
  const upgrade =
    'GET /ws HTTP/1.1\r\nHost: pool.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';
  const switching = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n';
  return [
    { from: 'client', before: () => upgrade },
    { from: 'server', before: () => switching },
    ...turns.map((turn): Turn => {
      const isMasked = turn.from === 'client';
      return { ...turn, around: (body) => framesOf(body, { ...framing, isMasked }, random) };
    }),
  ];
}
