/** The front in a thread of its own, over sockets on loopback, with a resolver that a test plays. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { DnsFrontHost, type DnsFrontOptions } from '../../../src/gateway/dns-front/dns-front-host.ts';
import { FrontState } from '../../../src/gateway/dns-front/front-state.ts';
import type { Reply } from '../../../src/resolver/service/answer-query.ts';
import { MOST_AT_ONCE } from '../../../src/resolver/service/query-turns.ts';
import { LeaseUse } from '../../../src/synthetic/lease-use.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { emitRecords } from '../../../src/wire/dns/record.ts';
import { emitReply } from '../../../src/wire/dns/reply.ts';
import { encodeQuery } from '../../resolver/support/lab.ts';
import { addressBytes } from '../../support/address-text.ts';
import { prefixOf } from '../../support/policy-fixture.ts';

const QUERY = encodeQuery('www.example.com', 'A');
const LEASE = 3;
const STUB = new URL('../../support/stub-dns-front.ts', import.meta.url);
/** What that one posts, in messages of 64. */
const FLOOD = 2560;
const FLOODED_STUB = new URL('../../support/stub-flooded-front.ts', import.meta.url);
const hosts: DnsFrontHost[] = [];

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

/** One address, to be given again for a minute. */
function replyTo(query: Uint8Array): Reply {
  const bytes = emitRecords([
    { ownerOffset: 0, type: 1, class: 1, ttlSeconds: 60, rdata: Uint8Array.of(100, 80, 0, 9) },
  ]);
  const to = {
    id: ((query[0] ?? 0) << 8) | (query[1] ?? 0),
    flags: 0x0100,
    question: query.subarray(12),
    edns: undefined,
  };
  const reply = emitReply(to, { rcode: 0, answers: 1, authorities: 0, bytes }, { limit: 512, options: [] });
  return { bytes: reply.bytes, reuse: { lease: LEASE, untilMs: systemClock() + 60_000 } };
}

async function start(change: Partial<DnsFrontOptions> = {}, worker?: URL) {
  const state = new FrontState();
  const leaseUse = new LeaseUse(8);
  const answer = vi.fn<DnsFrontOptions['answer']>(({ bytes }) => Promise.resolve(replyTo(bytes)));
  const onFailure = vi.fn();
  const host = await DnsFrontHost.start(
    {
      listen: [addressBytes('127.0.0.1')],
      port: 0,
      clients: [prefixOf('127.0.0.1/32'), prefixOf('::1/128')],
      state,
      leaseUse: leaseUse.buffer,
      answer,
      onFailure,
      ...change,
    },
    worker,
  );
  hosts.push(host);
  return { host, state, leaseUse, answer, onFailure, port: host.ports[0] ?? 0 };
}

async function ask(port: number, bytes: Uint8Array, address = '127.0.0.1'): Promise<Buffer> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  try {
    socket.send(bytes, port, address);
    const [reply] = await once(socket, 'message', { signal: AbortSignal.timeout(2000) });
    return reply;
  } finally {
    socket.close();
  }
}

describe('DnsFrontHost', () => {
  test.each(['127.0.0.1', '::1'])(
    'has a query to %s answered once, and its front the same one again',
    async (address) => {
      const { port, answer, state, leaseUse } = await start({ listen: [addressBytes(address)] });
      const first = await ask(port, QUERY, address);
      expect(answer.mock.calls).toEqual([
        [{ bytes: Uint8Array.from(QUERY), client: addressBytes(address), transport: 'udp' }],
      ]);
      expect(leaseUse.lastUsedMs(LEASE)).toBeUndefined();
      const again = await ask(port, encodeQuery('www.example.com', 'A', { id: 7 }), address);
      expect(again.readUInt16BE(0)).toBe(7);
      // All but the TTL, which may have counted down: it stands before the length and the four bytes of the address.
      expect(again.subarray(2, -10)).toEqual(first.subarray(2, -10));
      expect(again.subarray(-6)).toEqual(first.subarray(-6));
      expect(answer).toHaveBeenCalledTimes(1);
      // The front counts after it has sent.
      await vi.waitFor(() => expect([state.read('answered'), state.waiting]).toEqual([1, 0]));
      expect(leaseUse.lastUsedMs(LEASE)).toBeGreaterThan(systemClock() - 5000);
    },
  );

  test('asks again after a generation has ended', async () => {
    const { port, answer, state } = await start();
    await ask(port, QUERY);
    state.endGeneration();
    await ask(port, QUERY);
    expect(answer).toHaveBeenCalledTimes(2);
  });

  test('does not keep an answer during whose making a generation ended', async () => {
    const { port, answer, state } = await start();
    answer.mockImplementationOnce(({ bytes }) => {
      state.endGeneration();
      return Promise.resolve(replyTo(bytes));
    });
    await ask(port, QUERY);
    await ask(port, QUERY);
    expect(answer).toHaveBeenCalledTimes(2);
  });

  test('sends nothing where the resolver has no reply, and keeps nothing that must be made anew', async () => {
    const { port, answer } = await start();
    answer.mockResolvedValueOnce(undefined);
    await expect(ask(port, QUERY)).rejects.toThrow('aborted');
    answer.mockImplementationOnce(({ bytes }) => Promise.resolve({ ...replyTo(bytes), reuse: undefined }));
    await ask(port, QUERY);
    await ask(port, QUERY);
    expect(answer).toHaveBeenCalledTimes(3);
  });

  test('stops while answers are under way, twice as well, and calls it no failure', async () => {
    const held = Promise.withResolvers<Reply>();
    const { host, port, answer, onFailure } = await start();
    answer.mockReturnValueOnce(held.promise);
    const unanswered = ask(port, QUERY).catch(() => 'nothing');
    await vi.waitFor(() => expect(answer).toHaveBeenCalled());
    await Promise.all([host.stop(), host.stop()]);
    held.resolve(replyTo(QUERY));
    expect(await unanswered).toBe('nothing');
    expect(onFailure).not.toHaveBeenCalled();
  });

  test('binds all addresses or none', async () => {
    const { port } = await start();
    const listen = ['::1', '127.0.0.1'].map(addressBytes);
    await expect(start({ listen, port })).rejects.toMatchObject({
      name: 'GatewayError',
      message: `Cannot serve UDP on 127.0.0.1 port ${port}: bind: Address already in use (EADDRINUSE)`,
    });
    await expect(start({ listen: [addressBytes('::1')], port })).resolves.toBeDefined();
  });

  test('lets the event loop go round between few queries, however many have been posted (FL-11)', async () => {
    let begun = 0;
    const answer: DnsFrontOptions['answer'] = () => {
      begun++;
      // Meanwhile all others are posted.
      if (begun === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
      return Promise.resolve(undefined);
    };
    const { port, state } = await start({ answer }, FLOODED_STUB);
    const begunByTurn: number[] = [];
    let before = 0;
    const count = () => {
      begunByTurn.push(begun - before);
      before = begun;
      if (begun < FLOOD) setImmediate(count);
    };
    setImmediate(count);
    const socket = createSocket('udp4');
    socket.send('flood', port, '127.0.0.1', () => socket.close());
    await vi.waitFor(() => expect(begun).toBe(FLOOD), { timeout: 5000 });
    expect(Math.max(...begunByTurn)).toBeLessThanOrEqual(MOST_AT_ONCE);
    expect(state.waiting).toBe(0);
  });

  test('tells once that its thread has failed, and can be stopped all the same', async () => {
    const { host, onFailure, port } = await start({}, STUB);
    const socket = createSocket('udp4');
    socket.send('fail', port, '127.0.0.1', () => socket.close());
    await vi.waitFor(() => expect(onFailure).toHaveBeenCalled());
    await host.stop();
    expect(onFailure.mock.calls).toEqual([
      [expect.objectContaining({ message: 'Cannot answer: this is a test' })],
    ]);
  });
});
