import { decode } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { emitRecords } from '../../../src/wire/dns/record.ts';
import { emitReply, type ReplyTo, udpLimit } from '../../../src/wire/dns/reply.ts';

/** `BaNk` A IN, sent with RD, AD, CD and Z set. */
const question = Uint8Array.of(4, 66, 97, 78, 107, 0, 0, 1, 0, 1);
const to: ReplyTo = { id: 0x1234, flags: 0x0170, question, edns: undefined };
const edns = { udpSize: 4096, version: 0, dnssecOk: true, options: [] };
const records = emitRecords([
  { ownerOffset: 0, type: 1, class: 1, ttlSeconds: 60, rdata: Uint8Array.of(100, 80, 1, 2) },
]);
const body = { rcode: 0, answers: 1, authorities: 0, bytes: records };

describe('emitReply', () => {
  it('emitReply mirrors id, RD, CD and the question in its own case, sets QR and RA, never AD (D23)', () => {
    const { bytes, truncated } = emitReply(to, body, { limit: 512, options: [] });
    expect(Buffer.from(bytes.subarray(0, 4)).toString('hex')).toBe('12348190');
    expect(bytes.subarray(12, 22)).toEqual(question);
    expect(truncated).toBe(false);
    expect(decode(Buffer.from(bytes)).answers).toMatchObject([
      { name: 'BaNk', type: 'A', ttl: 60, data: '100.80.1.2' },
    ]);
  });

  it('emitReply writes OPT only when the query had one (D8)', () => {
    const without = emitReply(to, body, { limit: 512, options: [{ code: 15, data: Uint8Array.of(0, 29) }] });
    const withOpt = emitReply({ ...to, edns }, body, { limit: 512, options: [] });
    expect(decode(Buffer.from(without.bytes)).additionals).toEqual([]);
    expect(decode(Buffer.from(withOpt.bytes)).additionals).toMatchObject([{ type: 'OPT', flag_do: true }]);
  });

  it('emitReply splits an extended rcode between header and OPT (D9)', () => {
    const bare = { rcode: 16, answers: 0, authorities: 0, bytes: new Uint8Array(0) };
    const { bytes } = emitReply({ ...to, edns }, bare, { limit: 512, options: [] });
    expect(bytes[3]).toBe(0x90);
    expect(decode(Buffer.from(bytes)).additionals).toMatchObject([{ extendedRcode: 1, ednsVersion: 0 }]);
  });

  it('emitReply says TC and nothing else when the reply does not fit (D10)', () => {
    const large = { ...body, bytes: new Uint8Array(600), answers: 9 };
    const { bytes, truncated } = emitReply({ ...to, edns }, large, { limit: 512, options: [] });
    expect(truncated).toBe(true);
    expect(decode(Buffer.from(bytes))).toMatchObject({
      flag_tc: true,
      answers: [],
      questions: [{ name: 'BaNk' }],
    });
  });

  it('emitReply leaves out extended errors before anything else that does not fit (D10, D18)', () => {
    const cookie = { code: 10, data: new Uint8Array(24) };
    const options = [
      cookie,
      { code: 15, data: new Uint8Array(300) },
      { code: 15, data: new Uint8Array(300) },
    ];
    const full = { ...body, bytes: new Uint8Array(512 - 12 - question.length - 11 - 28) };
    const whole = emitReply({ ...to, edns }, full, { limit: 512, options });
    expect([whole.bytes.length, whole.truncated]).toEqual([512, false]);
    // The cookie stays.
    expect(whole.bytes.subarray(-28, -26)).toEqual(Uint8Array.of(0, 10));
    const larger = { ...body, bytes: new Uint8Array(600) };
    const cut = emitReply({ ...to, edns }, larger, { limit: 512, options });
    expect([cut.bytes.length <= 512, cut.truncated]).toEqual([true, true]);
  });

  it('emitReply fills the limit to the last byte', () => {
    const exact = { ...body, bytes: new Uint8Array(490) };
    expect(emitReply(to, exact, { limit: 512, options: [] })).toMatchObject({ truncated: false });
    expect(emitReply(to, exact, { limit: 511, options: [] })).toMatchObject({ truncated: true });
  });
});

describe('udpLimit', () => {
  it('udpLimit is 512 without EDNS, what the client takes, and never above 1232 (D10)', () => {
    expect(udpLimit(undefined)).toBe(512);
    expect(udpLimit({ ...edns, udpSize: 800 })).toBe(800);
    expect(udpLimit({ ...edns, udpSize: 65_535 })).toBe(1232);
  });
});
