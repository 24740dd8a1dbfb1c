import { type Deed, plays, runs } from './deeds.ts';

/** In the built-in list of domains. No packet is sent to it. */
const POOL = 'gulf.moneroocean.stream';

const octets = (...bytes: readonly number[]) => String.fromCharCode(...bytes);

/** Requests the pool from an emulated proxy. */
export const requestsBySocks: Deed = plays([
  { from: 'client', octets: octets(5, 1, 0) },
  { from: 'server', octets: octets(5, 0) },
  { from: 'client', octets: `${octets(5, 1, 0, 3, POOL.length)}${POOL}${octets(13, 5)}` },
  { from: 'server', octets: octets(5, 0, 0, 1, 0, 0, 0, 0, 0, 0) },
]);

export const requestsByConnect: Deed = plays([
  { from: 'client', octets: `CONNECT ${POOL}:443 HTTP/1.1\r\nHost: ${POOL}:443\r\n\r\n` },
  { from: 'server', octets: 'HTTP/1.1 200 Connection established\r\n\r\n' },
]);

/** Starts TLS with a local server under the pool's name, and closes the connection. */
export const opensTls: Deed = runs(
  process.execPath,
  '--input-type=module',
  '--eval',
  `import { createServer } from 'node:net';
   import { connect } from 'node:tls';
   const server = createServer((socket) => socket.once('data', () => process.exit(0)));
   server.listen(0, '127.0.0.1', () =>
     connect({ host: '127.0.0.1', port: server.address().port, servername: '${POOL}' }));`,
);
