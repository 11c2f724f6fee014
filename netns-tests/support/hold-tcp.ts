/**
 * Holds TCP connections to the resolver from many addresses and says nothing on them, or sends the beginning of a query byte
 * by byte: `hold-tcp.ts SERVER CONNECTIONS idle|slow ADDRESS…`. Prints `ready` when all have been opened or refused, and
 * `closed N` for every hundred that the resolver has closed. To be run in a client's namespace.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const DNS_PORT = 53;
const AT_ONE_TIME = 200;
const BYTE_EVERY_MS = 1000;

const [, , server = '', count = '', way = '', ...addresses] = process.argv;
const open = new Set<Socket>();
let closed = 0;

for (let index = 0; index < Number(count); index++) {
  if (index % AT_ONE_TIME === 0) await sleep(1);
  await hold(addresses[index % addresses.length] ?? '');
}
console.log('ready');
if (way === 'slow') setInterval(sendBytes, BYTE_EVERY_MS);

/** Of a query that says to be fifty bytes long. */
function sendBytes(): void {
  for (const socket of open) socket.write(Buffer.of(socket.bytesWritten === 0 ? 0 : 50));
}

/** Resolves when it is open, or known not to be. */
function hold(localAddress: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: server, port: DNS_PORT, localAddress });
    socket.on('error', () => socket.destroy());
    socket.on('connect', () => {
      open.add(socket);
      resolve();
    });
    socket.on('close', () => {
      open.delete(socket);
      closed++;
      if (closed % 100 === 0) console.log(`closed ${closed}`);
      resolve();
    });
    // A server's end is noticed only by those who read.
    socket.resume();
  });
}
