/** DNS over TCP (RFC 7766): D3, D6, D7, FL-13. */
import { describe, expect, it, vi } from 'vitest';
import { MOST_AT_ONCE } from '../../../src/resolver/service/query-turns.ts';
import { encodeReply, type Script, zone } from '../support/fake-upstream.ts';
import { encodeQuery, type Lab, startLab, TcpClient } from '../support/lab.ts';

const TEXT = zone([
  { type: 'TXT', name: 'huge.example.com', ttl: 60, data: new Array(20).fill('x'.repeat(200)) },
  { type: 'A', name: 'bank.example.com', ttl: 60, data: '192.0.2.198' },
]);
const BANK = encodeQuery('bank.example.com', 'A');

async function replies(client: TcpClient, count: number): Promise<void> {
  await vi.waitFor(() => expect(client.replies.length).toBeGreaterThanOrEqual(count), {
    timeout: 4000,
    interval: 5,
  });
}

/** Resolves to how many queries have been begun when no more are. */
async function standstill({ resolver }: Lab): Promise<number> {
  let before = 0;
  await vi.waitFor(
    () => {
      const { queriesTcp } = resolver.counters;
      const isStill = queriesTcp > 0 && queriesTcp === before;
      before = queriesTcp;
      expect(isStill).toBe(true);
    },
    { timeout: 10_000, interval: 300 },
  );
  return before;
}

describe('TcpService', () => {
  it('TcpService answers what does not fit UDP, whole (D3)', async () => {
    await using lab = await startLab([TEXT]);
    const client = new TcpClient(lab.port);
    client.ask(encodeQuery('huge.example.com', 'TXT'));
    await replies(client, 1);
    expect(client.replies[0]).toMatchObject({ flag_tc: false, answers: [{ type: 'TXT' }] });
    expect(client.replies[0]?.bytes.length).toBeGreaterThan(4000);
    client.socket.destroy();
  });

  it('TcpService answers pipelined queries as the answers come, the slow one last (D6)', async () => {
    const script: Script = (asked) =>
      asked.question.name === 'slow.example.com'
        ? new Promise((resolve) => setTimeout(() => resolve(encodeReply(asked, { rcode: 3 })), 200))
        : TEXT(asked);
    await using lab = await startLab([script]);
    const client = new TcpClient(lab.port);
    client.ask(
      encodeQuery('slow.example.com', 'A', { id: 1 }),
      encodeQuery('bank.example.com', 'A', { id: 2 }),
    );
    await replies(client, 2);
    expect(client.replies.map(({ id }) => id)).toEqual([2, 1]);
    client.socket.destroy();
  });

  it('TcpService answers 500 queries that arrive in one piece, each once (D6)', async () => {
    await using lab = await startLab([TEXT]);
    const client = new TcpClient(lab.port);
    client.ask(...Array.from({ length: 500 }, (_, id) => encodeQuery('bank.example.com', 'A', { id })));
    await replies(client, 500);
    expect(new Set(client.replies.map(({ id }) => id)).size).toBe(500);
    client.socket.destroy();
  });

  it('TcpService lets the event loop go round between few queries that arrive in one piece (FL-11)', async () => {
    await using lab = await startLab([TEXT]);
    const client = new TcpClient(lab.port);
    client.ask(BANK);
    await replies(client, 1);
    const { counters } = lab.resolver;
    const begunByTurn: number[] = [];
    let before = counters.queriesTcp;
    const count = () => {
      begunByTurn.push(counters.queriesTcp - before);
      before = counters.queriesTcp;
      if (before < 501) setImmediate(count);
    };
    setImmediate(count);
    client.ask(...Array.from({ length: 500 }, (_, id) => encodeQuery('bank.example.com', 'A', { id })));
    await replies(client, 501);
    expect(Math.max(...begunByTurn)).toBeLessThanOrEqual(MOST_AT_ONCE);
    client.socket.destroy();
  });

  it('TcpService takes a query in single bytes (D6)', async () => {
    await using lab = await startLab([TEXT]);
    const client = new TcpClient(lab.port);
    client.socket.setNoDelay(true);
    for (const byte of [0, BANK.length, ...BANK]) {
      client.socket.write(Buffer.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await replies(client, 1);
    client.socket.destroy();
  });

  it('TcpService still answers a client that has closed its side', async () => {
    await using lab = await startLab([TEXT]);
    const client = new TcpClient(lab.port);
    client.ask(BANK);
    client.socket.end();
    await replies(client, 1);
    await client.closed;
  });

  it('TcpService closes idle connections, and those that send a query byte by byte for too long (FL-13)', async () => {
    await using lab = await startLab([TEXT], { limits: { tcpIdleMs: 150 } });
    const idle = new TcpClient(lab.port);
    const slow = new TcpClient(lab.port);
    slow.socket.write(Buffer.of(0, 100));
    const trickle = setInterval(() => slow.socket.writable && slow.socket.write(Buffer.of(1)), 30);
    const startedAt = performance.now();
    await Promise.all([idle.closed, slow.closed]);
    clearInterval(trickle);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it.each([
    ['length 0', Buffer.of(0, 0)],
    ['length 1', Buffer.of(0, 1, 9)],
    ['length 65535', Buffer.of(0xff, 0xff)],
    ['a response instead of a query', Buffer.of(0, 12, 0, 1, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0)],
  ])('TcpService closes a connection on %s, and UDP goes on (FL-13)', async (_, bytes) => {
    await using lab = await startLab([TEXT]);
    const client = new TcpClient(lab.port);
    client.socket.write(bytes);
    await client.closed;
    expect(client.replies).toEqual([]);
    expect(await lab.ask('bank.example.com', 'A')).toMatchObject({ rcode: 'NOERROR' });
  });

  it('TcpService holds each client to its connections, and UDP goes on (FL-13)', async () => {
    await using lab = await startLab([TEXT], { limits: { tcpConnectionsPerClient: 5 } });
    const clients = Array.from({ length: 8 }, () => new TcpClient(lab.port));
    await Promise.race(clients.map(({ closed }) => closed));
    await vi.waitFor(() => expect(lab.resolver.counters.tcpConnectionsRefused).toBe(3));
    expect(await lab.ask('bank.example.com', 'A')).toMatchObject({ rcode: 'NOERROR' });
    for (const { socket } of clients) socket.destroy();
  });

  it('TcpService closes the connection that is idle for longest when there are too many (FL-13, RFC 7766)', async () => {
    await using lab = await startLab([TEXT], { limits: { tcpConnections: 3 } });
    const [first, second, third] = Array.from({ length: 3 }, () => new TcpClient(lab.port));
    await vi.waitFor(() => expect(lab.resolver.counters.tcpConnections).toBe(3));
    first?.ask(BANK);
    if (first !== undefined) await replies(first, 1);
    const fourth = new TcpClient(lab.port);
    await second?.closed;
    for (const client of [first, third, fourth]) {
      const before = client?.replies.length ?? 0;
      client?.ask(BANK);
      if (client !== undefined) await replies(client, before + 1);
      client?.socket.destroy();
    }
    expect(lab.resolver.counters).toMatchObject({ tcpConnectionsShed: 1, tcpConnectionsRefused: 0 });
  });

  it('TcpService closes no connection with a query under way to make room for another (FL-13)', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    await using lab = await startLab([(asked) => held.then(() => encodeReply(asked, { rcode: 3 }))], {
      limits: { tcpConnections: 2 },
    });
    const busy = Array.from({ length: 2 }, () => new TcpClient(lab.port));
    for (const client of busy) client.ask(BANK);
    await vi.waitFor(() => expect(lab.resolver.counters.queriesTcp).toBe(2));
    const late = new TcpClient(lab.port);
    await late.closed;
    release();
    for (const client of busy) {
      await replies(client, 1);
      client.socket.destroy();
    }
    expect(lab.resolver.counters).toMatchObject({ tcpConnectionsShed: 0, tcpConnectionsRefused: 1 });
  });

  it('TcpService begins nothing more for a client that does not take its answers, and goes on when it does (FL-13)', async () => {
    await using lab = await startLab([TEXT]);
    const client = new TcpClient(lab.port);
    const count = 10_000;
    const query = encodeQuery('huge.example.com', 'TXT');
    client.socket.pause();
    client.ask(...new Array<Buffer>(count).fill(query));
    const before = await standstill(lab);
    // What the kernel holds for both sides is all that was answered.
    expect(before).toBeLessThan(count);
    client.socket.resume();
    await vi.waitFor(() => expect(client.replies.length).toBe(count), { timeout: 15_000, interval: 50 });
    client.socket.destroy();
  });

  it('TcpService closes the connection of a client that takes no answers for too long (FL-13)', async () => {
    await using lab = await startLab([TEXT], { limits: { tcpIdleMs: 300 } });
    const client = new TcpClient(lab.port);
    client.socket.pause();
    client.ask(...new Array<Buffer>(10_000).fill(encodeQuery('huge.example.com', 'TXT')));
    await standstill(lab);
    // Longer than it may idle.
    await new Promise((resolve) => setTimeout(resolve, 600));
    client.socket.resume();
    await client.closed;
    expect(client.replies.length).toBeLessThan(10_000);
  });

  it('TcpService tells a client that asks how long it may idle (D7)', async () => {
    await using lab = await startLab([TEXT]);
    const client = new TcpClient(lab.port);
    const opt = Buffer.from([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 4, 0, 11, 0, 0]);
    const query = Buffer.concat([BANK, opt]);
    query.writeUInt16BE(1, 10);
    client.ask(query);
    await replies(client, 1);
    const options = client.replies[0]?.additionals?.flatMap((record) =>
      record.type === 'OPT' ? record.options : [],
    );
    expect(options).toContainEqual(expect.objectContaining({ code: 11, timeout: 100 }));
    client.socket.destroy();
  });

  it('TcpService has nothing to say to those who are no clients (D5)', async () => {
    await using lab = await startLab([TEXT], { accepts: () => false });
    const client = new TcpClient(lab.port);
    client.ask(BANK);
    await client.closed;
    expect(client.replies).toEqual([]);
  });
});
