/**
 * Sends messages as they are (hexadecimal, a JSON array on standard input) to the resolver, and prints what comes back, in its
 * order: `send-dns.ts udp|tcp SERVER PATIENCE_MS`. To be run in a client's namespace.
 */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { FrameReader, frameMessage } from '../../src/wire/dns/frame-reader.ts';

const POLL_MS = 10;
const DNS_PORT = 53;

const [, , transport = '', server = '', patienceMs = ''] = process.argv;
const messages: Buffer[] = JSON.parse(await text(process.stdin)).map((hex: string) =>
  Buffer.from(hex, 'hex'),
);
const replies: string[] = [];
const close = transport === 'udp' ? await sendDatagrams() : sendStream();
const deadline = performance.now() + Number(patienceMs);
while (replies.length < messages.length && performance.now() < deadline) await sleep(POLL_MS);
close();
process.stdout.write(JSON.stringify(replies));

async function sendDatagrams(): Promise<() => void> {
  const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (reply) => replies.push(reply.toString('hex')));
  await new Promise<void>((resolve) => socket.connect(DNS_PORT, server, resolve));
  for (const message of messages) socket.send(message);
  return () => socket.close();
}

function sendStream(): () => void {
  const reader = new FrameReader(0xffff);
  const socket = connect(DNS_PORT, server);
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    const read = reader.read(chunk);
    if (read !== 'too-long') for (const reply of read) replies.push(Buffer.from(reply).toString('hex'));
  });
  socket.write(Buffer.concat(messages.map(frameMessage)));
  return () => socket.destroy();
}
