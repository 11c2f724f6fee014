import { decode } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { FrontCache } from '../../../src/gateway/dns-front/front-cache.ts';
import { answerAbsence } from '../../../src/resolver/answer/answer.ts';
import { emitRecords } from '../../../src/wire/dns/record.ts';
import { emitReply } from '../../../src/wire/dns/reply.ts';
import { encodeQuery } from '../../resolver/support/lab.ts';
import { addressBytes } from '../../support/address-text.ts';

const NOW = 1_000_000;

function open(entries = 10) {
  const uses: Array<readonly [number, number]> = [];
  const kept = new FrontCache({ entries, onUse: (lease, nowMs) => uses.push([lease, nowMs]) });
  return { kept, uses };
}

/** As the resolver writes it: the answers' owner is a pointer to the question. */
function reply(query: Uint8Array, ttls: number | number[], addresses = ['100.80.0.9']): Uint8Array {
  const bytes = emitRecords(
    addresses.map((text, index) => {
      const ttlSeconds = typeof ttls === 'number' ? ttls : (ttls[index] ?? 0);
      return { ownerOffset: 0, type: 1, class: 1, ttlSeconds, rdata: addressBytes(text) };
    }),
  );
  return emitReply(
    { id: 1, flags: 0x0100, question: query.subarray(12), edns: undefined },
    { rcode: 0, answers: addresses.length, authorities: 0, bytes },
    { limit: 512, options: [] },
  ).bytes;
}

/** No answer, and the SOA of example.com for 5 seconds. */
function negative(query: Uint8Array, rcode: number, name = 'bank.example.com'): Uint8Array {
  const { body } = answerAbsence(name, 'example.com', rcode, 5);
  const to = { id: 1, flags: 0x0100, question: query.subarray(12), edns: undefined };
  return emitReply(to, body, { limit: 512, options: [] }).bytes;
}

/** What the cache writes over a query, decoded; undefined for nothing. */
function ask(kept: FrontCache, query: Uint8Array, nowMs: number) {
  const slot = Buffer.alloc(4096);
  slot.set(query);
  const length = kept.answer(slot, 0, query.length, nowMs);
  return length === 0 ? undefined : decode(slot.subarray(0, length));
}

const QUERY = encodeQuery('bank.example.com', 'A', { id: 1 });

function withBit(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  return bytes.map((byte, index) => (index === at ? byte | bit : byte));
}

describe('FrontCache', () => {
  test('gives the answer to another query that asks the same, with its own id and letter case', () => {
    const { kept, uses } = open();
    kept.add({ query: QUERY, reply: reply(QUERY, 60), lease: 5, untilMs: NOW + 90_000 });
    const answer = ask(kept, encodeQuery('BANK.example.com', 'A', { id: 2 }), NOW);
    expect(answer).toMatchObject({
      id: 2,
      type: 'response',
      questions: [{ name: 'BANK.example.com', type: 'A' }],
      answers: [{ name: 'BANK.example.com', type: 'A', ttl: 60, data: '100.80.0.9' }],
    });
    expect(uses).toEqual([[5, NOW]]);
  });

  test('lets the TTL count down so that it never leads beyond the end (D3)', () => {
    const { kept } = open();
    const untilMs = NOW + 40_000;
    kept.add({ query: QUERY, reply: reply(QUERY, 30), lease: 5, untilMs });
    const ttls = [0, 9_999, 10_000, 10_001, 39_999].map((afterMs) => {
      const [record] = ask(kept, QUERY, NOW + afterMs)?.answers ?? [];
      return record?.type === 'A' ? record.ttl : undefined;
    });
    expect(ttls).toEqual([30, 30, 30, 30, 1]);
    expect(ask(kept, QUERY, NOW + 12_001)?.answers).toMatchObject([{ ttl: 28 }]);
  });

  test('gives nothing at its end or later, and forgets it', () => {
    const { kept, uses } = open();
    kept.add({ query: QUERY, reply: reply(QUERY, 30), lease: 5, untilMs: NOW + 40_000 });
    expect(ask(kept, QUERY, NOW + 40_000)).toBeUndefined();
    expect(kept.size).toBe(0);
    expect(uses).toEqual([]);
  });

  test('gives an absence again, with the TTL of its SOA counted down, and marks no lease', () => {
    const { kept, uses } = open();
    const absence = negative(QUERY, 3);
    kept.add({ query: QUERY, reply: absence, lease: undefined, untilMs: NOW + 4000 });
    expect(ask(kept, QUERY, NOW + 1000)).toMatchObject({
      rcode: 'NXDOMAIN',
      answers: [],
      authorities: [{ type: 'SOA', name: 'example.com', ttl: 3 }],
    });
    expect(uses).toEqual([]);
  });

  test('counts the TTLs of many records down, none beyond its own', () => {
    const { kept } = open();
    const two = reply(QUERY, [300, 20], ['100.80.0.1', '100.80.0.2']);
    kept.add({ query: QUERY, reply: two, lease: undefined, untilMs: NOW + 60_000 });
    expect(ask(kept, QUERY, NOW + 1)?.answers).toMatchObject([{ ttl: 60 }, { ttl: 20 }]);
    expect(ask(kept, QUERY, NOW + 50_000)?.answers).toMatchObject([{ ttl: 10 }, { ttl: 10 }]);
  });

  test('writes TTLs of more than a byte', () => {
    const { kept } = open();
    kept.add({ query: QUERY, reply: reply(QUERY, 86_399), lease: 5, untilMs: NOW + 1e9 });
    expect(ask(kept, QUERY, NOW)?.answers).toMatchObject([{ ttl: 86_399 }]);
  });

  test.each([
    ['another name', encodeQuery('bonk.example.com', 'A')],
    ['another type', encodeQuery('bank.example.com', 'AAAA')],
    ['EDNS', encodeQuery('bank.example.com', 'A', { udpSize: 1232 })],
    ['the CD bit', encodeQuery('bank.example.com', 'A', { flags: 0x0110 })],
    ['the QR bit', withBit(QUERY, 2, 0x80)],
  ])('gives nothing to a query with %s', (_difference, query) => {
    const { kept } = open();
    kept.add({ query: QUERY, reply: reply(QUERY, 30), lease: 5, untilMs: NOW + 40_000 });
    expect(ask(kept, query, NOW)).toBeUndefined();
  });

  test('lets go of the oldest when there are too many, and a new answer replaces one', () => {
    const { kept } = open(2);
    for (const [name, data] of [
      ['a', '100.80.0.1'],
      ['b', '100.80.0.2'],
      ['a', '100.80.0.3'],
      ['c', '100.80.0.4'],
    ] as const) {
      const query = encodeQuery(name, 'A');
      kept.add({ query, reply: reply(query, 30, [data]), lease: 1, untilMs: NOW + 40_000 });
    }
    expect(kept.size).toBe(2);
    expect(ask(kept, encodeQuery('b', 'A'), NOW)).toBeUndefined();
    expect(ask(kept, encodeQuery('a', 'A'), NOW)?.answers).toMatchObject([{ data: '100.80.0.3' }]);
  });

  test('keeps synthetic answers however many others come (FL-11)', () => {
    const { kept } = open(2);
    kept.add({ query: QUERY, reply: reply(QUERY, 30), lease: 5, untilMs: NOW + 40_000 });
    for (const name of ['a.example.com', 'b.example.com', 'c.example.com', 'd.example.com']) {
      const query = encodeQuery(name, 'A');
      kept.add({ query, reply: negative(query, 3, name), lease: undefined, untilMs: NOW + 40_000 });
    }
    expect(kept.size).toBe(3);
    expect(ask(kept, QUERY, NOW)).toBeDefined();
    expect(ask(kept, encodeQuery('b.example.com', 'A'), NOW)).toBeUndefined();
    expect(ask(kept, encodeQuery('c.example.com', 'A'), NOW)).toBeDefined();
  });

  test('gives the later of two answers of different kinds', () => {
    const { kept } = open();
    kept.add({ query: QUERY, reply: reply(QUERY, 30), lease: 5, untilMs: NOW + 40_000 });
    kept.add({ query: QUERY, reply: negative(QUERY, 3), lease: undefined, untilMs: NOW + 40_000 });
    expect(ask(kept, QUERY, NOW)).toMatchObject({ rcode: 'NXDOMAIN' });
    expect(kept.size).toBe(1);
  });

  test.each([
    ['a failure', QUERY, negative(QUERY, 2)],
    ['a reply that is truncated', QUERY, withBit(reply(QUERY, 30), 2, 0x02)],
    ['bytes that are no message', QUERY, Buffer.alloc(30)],
    ['more than any client takes', QUERY, Buffer.concat([reply(QUERY, 30), Buffer.alloc(512)])],
    ['a query that is not plain', Buffer.concat([QUERY, Buffer.alloc(1)]), reply(QUERY, 30)],
  ])('does not keep %s', (_reason, query, bytes) => {
    const { kept } = open();
    kept.add({ query, reply: bytes, lease: 5, untilMs: NOW + 40_000 });
    expect(kept.size).toBe(0);
  });

  test('keeps nothing after clear()', () => {
    const { kept } = open();
    kept.add({ query: QUERY, reply: reply(QUERY, 30), lease: 5, untilMs: NOW + 40_000 });
    kept.clear();
    expect(ask(kept, QUERY, NOW)).toBeUndefined();
  });
});
