import { encode, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emitQuestion, parseMessage, parseQuestion } from '../../../src/wire/dns/message.ts';
import { emitQuery } from '../../../src/wire/dns/query.ts';

const reply: Packet = {
  type: 'response',
  id: 0xbeef,
  questions: [{ type: 'A', name: 'Www.Example.com' }],
  answers: [
    { type: 'CNAME', name: 'www.example.com', ttl: 60, data: 'host.example.com' },
    { type: 'A', name: 'host.example.com', ttl: 30, data: '192.0.2.1' },
  ],
  authorities: [{ type: 'NS', name: 'example.com', ttl: 5, data: 'ns.example.com' }],
  additionals: [{ type: 'AAAA', name: 'ns.example.com', ttl: 5, data: '2001:db8::1' }],
};
const bytes = encode(reply);

describe('parseMessage', () => {
  it('parseMessage reads what dns-packet wrote', () => {
    const message = parseMessage(bytes);
    expect(message?.header).toMatchObject({ id: 0xbeef, answers: 2, authorities: 1, additionals: 1 });
    expect(message?.question).toMatchObject({ name: 'www.example.com', type: 1, class: 1 });
    expect(message?.records.map(({ section, name, type, ttl }) => [section, name, type, ttl])).toEqual([
      ['answer', 'www.example.com', 5, 60],
      ['answer', 'host.example.com', 1, 30],
      ['authority', 'example.com', 2, 5],
      ['additional', 'ns.example.com', 28, 5],
    ]);
    expect([...(message?.records[1]?.rdata ?? [])]).toEqual([192, 0, 2, 1]);
  });

  it('parseMessage finds where the additional section begins', () => {
    const { additionals: _, ...without } = reply;
    expect(parseMessage(bytes)?.additionalAt).toBe(encode(without).length);
  });

  it('parseMessage refuses every message that ends early, and bytes left over (FL-13)', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(parseMessage(bytes.subarray(0, length))).toBeUndefined();
    }
    expect(parseMessage(Buffer.concat([bytes, Buffer.of(0)]))).toBeUndefined();
  });

  it.each([
    ['65535 answers are claimed', 6, 0xffff],
    ['no question is claimed (D31)', 4, 0],
    ['two questions are claimed (D31)', 4, 2],
  ])('parseMessage refuses a message in which %s (FL-13)', (_, at, value) => {
    const lying = Buffer.from(bytes);
    lying.writeUInt16BE(value, at);
    expect(parseMessage(lying)).toBeUndefined();
  });

  it.each([
    ['an A record of 5 bytes', 1, Buffer.from([192, 0, 2, 1, 0])],
    ['an AAAA record of 4 bytes', 28, Buffer.from([192, 0, 2, 1])],
    ['a CNAME with bytes behind the name', 5, Buffer.from([1, 97, 0, 0])],
    ['a CNAME that points at itself', 5, Buffer.from([0xc0, 31])],
    ['an SOA without its numbers', 6, Buffer.from([0, 0, 1, 2])],
    ['an MX without a name', 15, Buffer.from([0, 10])],
    ['an empty CNAME', 5, Buffer.from([])],
  ])('parseMessage refuses %s (FL-13)', (_, type, rdata) => {
    expect(parseMessage(replyWith(type, rdata))).toBeUndefined();
  });

  it('parseMessage takes data of unknown types as it is (D1)', () => {
    expect(parseMessage(replyWith(65_399, Buffer.from([0xc0, 0xff])))?.records[0]?.rdata).toHaveLength(2);
  });

  it('parseMessage never throws, whatever the bytes, and accepts none that lies about its lengths', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const mutated = Buffer.from(bytes);
        mutated[at] = value;
        const message = parseMessage(mutated);
        for (const { rdataAt, rdata } of message?.records ?? []) {
          expect(rdataAt + rdata.length).toBeLessThanOrEqual(mutated.length);
        }
      }),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (any) => void parseMessage(any)));
  });
});

describe('parseQuestion', () => {
  it('parseQuestion keeps the bytes as they were sent', () => {
    const question = parseQuestion(bytes);
    expect(Buffer.from(question?.bytes ?? []).toString('latin1')).toContain('Www');
  });
});

describe('emitQuery', () => {
  it('emitQuery writes a query that reads back, with EDNS and nothing else in it (D10, D25)', () => {
    const question = emitQuestion('a.example', 28, 1);
    const query = emitQuery({ id: 7, question, edns: true, dnssecOk: true, checkingDisabled: true });
    const message = parseMessage(query);
    expect(message?.header).toMatchObject({ id: 7, flags: 0x0110, additionals: 1 });
    expect(message?.question).toMatchObject({ name: 'a.example', type: 28, class: 1 });
    expect(message?.records[0]).toMatchObject({ type: 41, class: 1232, ttl: 0x8000 });
    expect(message?.records[0]?.rdata).toHaveLength(0);
  });
});

/** A reply to `x` A with one answer record whose owner is the question (question at 12, record at 19, data at 31). */
function replyWith(type: number, rdata: Buffer): Buffer {
  const head = Buffer.from([0, 1, 0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 120, 0, 0, 1, 0, 1]);
  const record = Buffer.from([0xc0, 12, type >> 8, type & 0xff, 0, 1, 0, 0, 0, 60, 0, rdata.length]);
  return Buffer.concat([head, record, rdata]);
}
