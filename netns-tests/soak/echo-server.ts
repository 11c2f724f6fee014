/** Answers every line of every TCP connection with where it comes from: `ADDRESS PORT LINE`. The UDP one is udp-echo.py. */
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { ECHO_PORT } from './canary-protocol.ts';

for (const host of ['0.0.0.0', '::']) {
  const server = createServer((socket) => {
    const source = `${socket.remoteAddress} ${socket.remotePort}`;
    socket.on('error', () => undefined);
    const lines = createInterface({ input: socket }).on('error', () => undefined);
    lines.on('line', (line) => socket.write(`${source} ${line}\n`));
  });
  server.listen({ port: ECHO_PORT, host, ipv6Only: true });
}
