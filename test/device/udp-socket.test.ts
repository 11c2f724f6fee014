import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { DatagramBatch, peerAddress } from '../../src/device/datagram-batch.ts';
import { UdpPort, UdpSocket } from '../../src/device/udp-socket.ts';
import { addressBytes, addressText } from '../support/address-text.ts';

const open: Array<{ close(): void }> = [];

afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});

function openServer(address: string): { server: UdpSocket; port: UdpPort } {
  const server = new UdpSocket(addressBytes(address), 0);
  open.push(server);
  return { server, port: new UdpPort(server.descriptor) };
}

async function openClient(address: string): Promise<Socket> {
  const client = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  open.push(client);
  client.bind({ address });
  await once(client, 'listening');
  return client;
}

/** Resolves when the datagram waits at the server. */
function send(client: Socket | undefined, text: string, server: UdpSocket): Promise<unknown> {
  const address = server.family === 4 ? '127.0.0.1' : '::1';
  return new Promise((resolve) => client?.send(text, server.port, address, resolve));
}

/** Fills the batch once `count` datagrams have come. */
async function receive(port: UdpPort, batch: DatagramBatch, count: number): Promise<void> {
  await vi.waitFor(() => expect(port.receive(batch)).toBe(count));
}

const FAMILIES = [
  ['127.0.0.1', 4],
  ['::1', 6],
] as const;

describe('UdpSocket', () => {
  test.each(FAMILIES)('sends from %s to the peer that it received from', async (address, family) => {
    const { server, port } = openServer(address);
    const client = await openClient(address);
    const batch = new DatagramBatch(4);
    client.send('question', server.port, address);
    await receive(port, batch, 1);
    expect(Buffer.from(batch.datagram(0)).toString()).toBe('question');
    expect(addressText(peerAddress(batch.peer(0), family))).toBe(address);
    expect(server.family).toBe(family);
    const heard = once(client, 'message');
    expect(server.send(Buffer.from('answer'), batch.peer(0).slice())).toBe(true);
    const [bytes, from] = await heard;
    expect(String(bytes)).toBe('answer');
    expect(from).toMatchObject({ address, port: server.port });
  });

  test('passes over a datagram that is larger than a slot, and over an empty one', async () => {
    const { server, port } = openServer('127.0.0.1');
    const client = await openClient('127.0.0.1');
    const batch = new DatagramBatch(4);
    for (const bytes of [Buffer.alloc(4097), Buffer.alloc(0), Buffer.alloc(4096)]) {
      client.send(bytes, server.port, '127.0.0.1');
      await receive(port, batch, 1);
      expect(batch.datagram(0)).toHaveLength(bytes.length === 4096 ? 4096 : 0);
    }
  });

  test('sends nothing once closed, and closes twice', () => {
    const { server } = openServer('127.0.0.1');
    server.close();
    expect(server.send(Buffer.from('late'), new Uint8Array(28))).toBe(false);
    server.close();
  });

  test('refuses bytes that no slot holds', () => {
    const { server } = openServer('127.0.0.1');
    expect(() => server.send(new Uint8Array(4097), new Uint8Array(28))).toThrow(
      'Cannot send 4097 bytes: a datagram has 4096 at most',
    );
  });

  test('names address, port and reason when it cannot be bound', () => {
    const { server } = openServer('127.0.0.1');
    const again = () => new UdpSocket(addressBytes('127.0.0.1'), server.port);
    expect(again).toThrow(`Cannot serve UDP on 127.0.0.1 port ${server.port}: bind`);
    expect(() => new UdpSocket(addressBytes('192.0.2.1'), 0)).toThrow('(EADDRNOTAVAIL)');
  });
});

describe('UdpPort', () => {
  test('takes many datagrams at once, sends those of a list only, and passes over a peer that is none', async () => {
    const { server, port } = openServer('127.0.0.1');
    const client = await openClient('127.0.0.1');
    const batch = new DatagramBatch(64);
    const sent = Array.from({ length: 64 }, (_, index) => String(index));
    for (const text of sent) client.send(text, server.port, '127.0.0.1');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(port.receive(batch)).toBe(64);
    expect(sent.map((_, slot) => Buffer.from(batch.datagram(slot)).toString())).toEqual(sent);
    expect(port.receive(new DatagramBatch(1))).toBe(0);
    batch.peer(7).fill(0xff);
    const heard: string[] = [];
    client.on('message', (bytes) => heard.push(bytes.toString()));
    expect(port.send(batch, Uint32Array.of(3, 7, 99, 11), 4)).toBe(2);
    await vi.waitFor(() => expect(heard).toEqual(['3', '11']));
  });

  test.each(FAMILIES)(
    'sends to %s each datagram whole, of many lengths and to many peers at once',
    async (address) => {
      const { server, port } = openServer(address);
      const clients = await Promise.all([openClient(address), openClient(address), openClient(address)]);
      const heard = clients.map(() => [] as string[]);
      for (const [index, client] of clients.entries())
        client.on('message', (bytes) => heard[index]?.push(bytes.toString()));
      const batch = new DatagramBatch(64);
      // Each comes from one of three, is of one of three lengths, and says so.
      for (let slot = 0; slot < 60; slot++)
        await send(clients[slot % 3], String(slot).padEnd(10 + (slot % 9), '.'), server);
      expect(port.receive(batch)).toBe(60);
      expect(
        port.send(
          batch,
          Uint32Array.from({ length: 60 }, (_, slot) => slot),
          60,
        ),
      ).toBe(60);
      await vi.waitFor(() => expect(heard.map((each) => each.length)).toEqual([20, 20, 20]));
      for (const [index, texts] of heard.entries()) {
        expect(texts.every((text) => text.length === 10 + (Number.parseInt(text, 10) % 9))).toBe(true);
        const numbers = texts.map((text) => Number.parseInt(text, 10)).toSorted((one, other) => one - other);
        expect(numbers).toEqual(Array.from({ length: 20 }, (_, at) => at * 3 + index));
      }
    },
  );

  test('sends by themselves datagrams that are too large together', async () => {
    const { server, port } = openServer('127.0.0.1');
    const client = await openClient('127.0.0.1');
    const batch = new DatagramBatch(17);
    client.send('question', server.port, '127.0.0.1');
    await receive(port, batch, 1);
    for (let slot = 0; slot < 17; slot++) {
      batch.peer(slot).set(batch.peer(0));
      batch.lengths[slot] = 4096;
      batch.datagram(slot).fill(slot);
    }
    const heard: number[] = [];
    client.on('message', (bytes) => heard.push(bytes.length === 4096 ? (bytes[0] ?? -1) : -1));
    const slots = Uint32Array.from({ length: 17 }, (_, slot) => slot);
    expect(port.send(batch, slots, 17)).toBe(17);
    await vi.waitFor(() => expect(heard).toEqual([...slots]));
  });

  test('has nothing to receive on a descriptor that is gone', () => {
    expect(new UdpPort(-1).receive(new DatagramBatch(1))).toBe(0);
  });
});
