/** The front without threads or sockets: what comes in by a fake port, and what becomes of it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DATAGRAM_SLOT_BYTES, type DatagramBatch } from '../../../src/device/datagram-batch.ts';
import { DnsFront, MOST_WAITING, MOST_WAITING_PER_CLIENT } from '../../../src/gateway/dns-front/dns-front.ts';
import { FrontCache } from '../../../src/gateway/dns-front/front-cache.ts';
import type { FrontQuery } from '../../../src/gateway/dns-front/front-protocol.ts';
import { FrontState } from '../../../src/gateway/dns-front/front-state.ts';
import type { Resolver } from '../../../src/resolver/resolver.ts';
import type { Reply } from '../../../src/resolver/service/answer-query.ts';
import type { Family } from '../../../src/wire/address.ts';
import { parseMessage } from '../../../src/wire/dns/message.ts';
import { zone } from '../../resolver/support/fake-upstream.ts';
import { encodeQuery, startLab } from '../../resolver/support/lab.ts';
import { REUSABLE_LEASE, ReusableSynthesis } from '../../resolver/support/reusable-synthesis.ts';
import { addressBytes } from '../../support/address-text.ts';
import { prefixOf } from '../../support/policy-fixture.ts';

const NOW = 1_000_000;
const ALICE = '10.64.0.2';
const QUERY = encodeQuery('www.example.com', 'A');

/** A peer as the kernel writes it. */
function peerOf(address: string): Uint8Array {
  const bytes = addressBytes(address);
  const peer = new Uint8Array(28);
  peer.set([bytes.length === 4 ? 2 : 10, 0, 0x80, 0x01]);
  peer.set(bytes, bytes.length === 4 ? 4 : 8);
  return peer;
}

class FakePort {
  readonly descriptor = -1;
  /** Datagrams that have come, and from whom. */
  incoming: Array<{ bytes: Uint8Array; from: string }> = [];
  readonly sent: Uint8Array[] = [];

  receive(batch: DatagramBatch): number {
    const arrived = this.incoming.splice(0, batch.capacity);
    for (const [slot, { bytes, from }] of arrived.entries()) {
      batch.bytes.set(bytes.subarray(0, DATAGRAM_SLOT_BYTES), slot * DATAGRAM_SLOT_BYTES);
      batch.lengths[slot] = bytes.length > DATAGRAM_SLOT_BYTES ? 0 : bytes.length;
      batch.peers.set(peerOf(from), slot * 28);
    }
    return arrived.length;
  }

  send(batch: DatagramBatch, slots: Uint32Array, count: number): number {
    for (const slot of slots.subarray(0, count)) this.sent.push(batch.datagram(slot).slice());
    return count;
  }
}

function openFront(family: Family = 4) {
  const port = new FakePort();
  const state = new FrontState();
  const posted: FrontQuery[] = [];
  const used: number[] = [];
  const clock = { nowMs: NOW };
  const front = new DnsFront({
    sockets: [{ port, family }],
    clients: [prefixOf('10.64.0.0/24'), prefixOf('fd00:64::/64')],
    answers: new FrontCache({ entries: 100, onUse: (lease) => used.push(lease) }),
    state,
    post: (queries) => posted.push(...queries),
    clock: () => clock.nowMs,
  });
  /** What the front sends to a datagram at once; undefined for nothing. */
  const offer = (bytes: Uint8Array, from = ALICE): Uint8Array | undefined => {
    port.incoming.push({ bytes, from });
    front.serve(0);
    return port.sent.pop();
  };
  const keep = (query: Uint8Array, reply: Reply, generation = state.generation): void => {
    if (reply.reuse === undefined) throw new Error('Cannot keep the reply: it is not to be given again');
    front.cache({ type: 'cache', answer: { query, reply: reply.bytes, ...reply.reuse }, generation });
  };
  return { front, port, state, posted, used, clock, offer, keep };
}

const WORLD = zone([
  { type: 'A', name: 'www.example.com', ttl: 300, data: '192.0.2.198' },
  { type: 'AAAA', name: 'www.example.com', ttl: 300, data: '2001:db8:2::198' },
]);

function startWorld() {
  return startLab([WORLD], { synthesis: new ReusableSynthesis(), now: () => NOW });
}

async function replyTo(resolver: Resolver, bytes: Uint8Array): Promise<Reply | undefined> {
  return resolver.answer({ bytes, client: addressBytes(ALICE), transport: 'udp' });
}

async function answered(resolver: Resolver, bytes: Uint8Array): Promise<Reply> {
  const reply = await replyTo(resolver, bytes);
  if (reply === undefined) throw new Error('Cannot go on: the resolver has no reply');
  return reply;
}

describe('DnsFront', () => {
  test.each([
    ['10.64.0.77', 4],
    ['fd00:64::77', 6],
  ] as const)('hands a query from %s on, with its peer, and counts it as waiting', (from, family) => {
    const { offer, posted, state } = openFront(family);
    expect(offer(QUERY, from)).toBeUndefined();
    expect(posted).toEqual([{ socket: 0, peer: peerOf(from), bytes: Uint8Array.from(QUERY) }]);
    expect(state.waiting).toBe(1);
  });

  test.each([
    ['10.64.1.2', 4],
    ['100.80.0.1', 4],
    ['fd00:65::2', 6],
    ['::ffff:a40:2', 6],
  ] as const)('neither answers nor hands on what %s sends, who is no client (D5)', async (from, family) => {
    await using lab = await startWorld();
    const { offer, posted, state, keep, used } = openFront(family);
    keep(QUERY, await answered(lab.resolver, QUERY));
    expect(offer(QUERY, from)).toBeUndefined();
    expect([posted, used]).toEqual([[], []]);
    expect(state.read('refusedClients')).toBe(1);
  });

  test('answers any client again by itself, and marks the lease as used', async () => {
    await using lab = await startWorld();
    const { offer, posted, state, keep, used } = openFront();
    const first = await answered(lab.resolver, QUERY);
    keep(QUERY, first);
    const again = offer(encodeQuery('WWW.example.com', 'A', { id: 9 }), '10.64.0.3');
    expect(again).toHaveLength(first.bytes.length);
    expect(parseMessage(again ?? new Uint8Array())?.question.bytes).toEqual(
      Uint8Array.from(encodeQuery('WWW.example.com', 'A').subarray(12)),
    );
    expect(posted).toEqual([]);
    expect(used).toEqual([REUSABLE_LEASE]);
    expect([state.read('answered'), state.waiting]).toEqual([1, 0]);
  });

  test('answers what is not there again by itself, and counts it apart', async () => {
    await using lab = await startWorld();
    const { offer, state, keep, used } = openFront();
    for (const [name, type] of [
      ['none.example.com', 'A'],
      ['www.example.com', 'HTTPS'],
    ] as const) {
      const query = encodeQuery(name, type);
      const reply = await answered(lab.resolver, query);
      keep(query, reply);
      expect(withoutTtl(offer(query) ?? new Uint8Array())).toEqual(withoutTtl(reply.bytes));
    }
    expect([state.read('answered'), state.read('absent'), used]).toEqual([2, 1, []]);
  });

  test('forgets all answers of a generation as soon as the next has begun', async () => {
    await using lab = await startWorld();
    const { offer, state, keep, posted } = openFront();
    keep(QUERY, await answered(lab.resolver, QUERY));
    state.endGeneration();
    expect(offer(QUERY)).toBeUndefined();
    expect(posted).toHaveLength(1);
  });

  test('does not keep an answer that was begun in an earlier generation', async () => {
    await using lab = await startWorld();
    const { offer, state, keep } = openFront();
    const reply = await answered(lab.resolver, QUERY);
    const { generation } = state;
    state.endGeneration();
    keep(QUERY, reply, generation);
    expect(offer(QUERY)).toBeUndefined();
    keep(QUERY, reply);
    expect(offer(QUERY)).toBeDefined();
  });

  test('does not answer beyond the end of an answer', async () => {
    await using lab = await startWorld();
    const { offer, keep, clock } = openFront();
    keep(QUERY, await answered(lab.resolver, QUERY));
    clock.nowMs = NOW + 269_999;
    expect(offer(QUERY)).toBeDefined();
    clock.nowMs = NOW + 270_000;
    expect(offer(QUERY)).toBeUndefined();
  });

  test('drops queries when too many wait, counts them, and goes on when they have been taken', () => {
    const { offer, state, posted } = openFront();
    const others = Uint8Array.of(192, 0, 2, 1);
    state.addWaiting(others, MOST_WAITING - 1);
    offer(QUERY);
    offer(QUERY);
    expect([posted.length, state.read('overload')]).toEqual([1, 1]);
    state.addWaiting(others, 1 - MOST_WAITING);
    offer(QUERY);
    expect(posted).toHaveLength(2);
  });

  test('hands on no more of one client than its share until some has been taken, and what others ask (FL-11)', () => {
    const { offer, state, posted } = openFront();
    for (let query = 0; query < MOST_WAITING_PER_CLIENT + 10; query++) offer(QUERY);
    expect([posted.length, state.read('overload')]).toEqual([MOST_WAITING_PER_CLIENT, 10]);
    offer(QUERY, '10.64.0.3');
    expect(posted).toHaveLength(MOST_WAITING_PER_CLIENT + 1);
    state.addWaiting(Uint8Array.of(10, 64, 0, 2), -10);
    for (let query = 0; query < 20; query++) offer(QUERY);
    expect(posted).toHaveLength(MOST_WAITING_PER_CLIENT + 11);
  });

  test('hands on all that a client asks whose queries are begun as they come, while others are never done (FL-11)', () => {
    const { offer, state, posted } = openFront();
    offer(QUERY, '10.64.0.3');
    for (let query = 0; query < 3 * MOST_WAITING_PER_CLIENT; query++) {
      offer(QUERY);
      state.addWaiting(Uint8Array.of(10, 64, 0, 2), -1);
    }
    expect([posted.length, state.read('overload')]).toEqual([1 + 3 * MOST_WAITING_PER_CLIENT, 0]);
  });

  test('has room for one who asks little, while a dozen flood at one time (FL-11)', () => {
    const { offer, posted } = openFront();
    for (let client = 10; client < 22; client++)
      for (let query = 0; query < MOST_WAITING_PER_CLIENT; query++) offer(QUERY, `10.64.0.${client}`);
    const before = posted.length;
    offer(QUERY, ALICE);
    expect(posted).toHaveLength(before + 1);
    expect(before).toBeLessThan(MOST_WAITING);
  });

  test.each([
    ['empty', new Uint8Array(0)],
    ['larger than a slot', new Uint8Array(DATAGRAM_SLOT_BYTES + 1)],
  ])('passes over a datagram that is %s', (_form, bytes) => {
    const { offer, state, posted } = openFront();
    expect(offer(bytes)).toBeUndefined();
    expect([posted, state.read('ignored')]).toEqual([[], 1]);
  });

  test('carries a mixed batch through: each to where it belongs, in one call', async () => {
    await using lab = await startWorld();
    const { front, port, state, posted, keep } = openFront();
    keep(QUERY, await answered(lab.resolver, QUERY));
    const other = encodeQuery('other.example.com', 'A');
    port.incoming = [QUERY, other, QUERY, QUERY].map((bytes, index) => ({
      bytes,
      from: index === 2 ? '192.0.2.1' : ALICE,
    }));
    front.serve(0);
    expect(port.sent).toHaveLength(2);
    expect(posted.map(({ bytes }) => bytes)).toEqual([Uint8Array.from(other)]);
    expect([state.read('answered'), state.read('refusedClients'), state.waiting]).toEqual([2, 1, 1]);
  });

  test('should rest while many queries come, unless more than a batch of them waits', () => {
    const { front, port, clock } = openFront();
    const take = (queries: number, atMs: number): boolean => {
      clock.nowMs = atMs;
      port.incoming = Array.from({ length: queries }, () => ({ bytes: QUERY, from: ALICE }));
      front.serve(0);
      return front.shouldRest;
    };
    expect([1000, 1001, 1002, 1003, 1004].map((atMs) => take(60, atMs))).toEqual(Array(5).fill(false));
    expect([take(1, 1010), take(64, 1011), take(63, 1012)]).toEqual([true, false, true]);
    expect(take(63, 1030)).toBe(false);
  });

  test('answers only what the resolver answers, and alike but for id and TTL (FL-13)', async () => {
    await using lab = await startWorld();
    const { offer, keep } = openFront();
    for (const name of ['www.example.com', 'none.example.com'])
      for (const type of ['A', 'AAAA', 'HTTPS'])
        for (const fields of [{}, { flags: 0x0110 }, { udpSize: 512 }, { udpSize: 1232, dnssecOk: true }]) {
          const query = encodeQuery(name, type, fields);
          keep(query, await answered(lab.resolver, query));
        }
    let again = 0;
    await fc.assert(
      fc.asyncProperty(datagrams(), async (bytes) => {
        const fast = offer(bytes);
        if (fast === undefined) return;
        again++;
        expect(withoutTtl(fast)).toEqual(withoutTtl((await answered(lab.resolver, bytes)).bytes));
      }),
      { numRuns: 3000 },
    );
    expect(again).toBeGreaterThan(100);
  });
});

/** Queries of the world's names in any letter case, some of them mutated, and noise. */
function datagrams(): fc.Arbitrary<Uint8Array> {
  const name = fc.mixedCase(fc.constantFrom('www.example.com', 'none.example.com', 'example.com'));
  const query = fc
    .record({
      name,
      type: fc.constantFrom('A', 'AAAA', 'HTTPS'),
      id: fc.nat(0xffff),
      flags: fc.constantFrom(0x0100, 0x0110, 0),
      edns: fc.constantFrom({}, { udpSize: 512 }, { udpSize: 1232, dnssecOk: true }),
    })
    .map(({ name: host, type, id, flags, edns }) =>
      Uint8Array.from(encodeQuery(host, type, { id, flags, ...edns })),
    );
  const changes = fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 3 });
  const mutated = fc.tuple(query, changes).map(([bytes, list]) => {
    for (const [at, value] of list) bytes[at % bytes.length] = value;
    return bytes;
  });
  return fc.oneof(query, mutated, fc.uint8Array({ minLength: 1, maxLength: 80 }));
}

/** The message with each TTL, OPT's flags apart, at zero. */
function withoutTtl(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  for (const record of parseMessage(copy)?.records ?? [])
    if (record.section !== 'additional') copy.fill(0, record.ttlAt, record.ttlAt + 4);
  return copy;
}
