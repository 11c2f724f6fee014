import { decode } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import {
  emitOpt,
  extendedErrorOption,
  fullRcode,
  keepaliveOption,
  parseEdns,
} from '../../../src/wire/dns/edns.ts';
import type { ResourceRecord } from '../../../src/wire/dns/message.ts';

function opt(fields: Partial<ResourceRecord>): ResourceRecord {
  const rdata = new Uint8Array(0);
  return {
    section: 'additional',
    name: '',
    type: 41,
    class: 4096,
    ttl: 0,
    ttlAt: 0,
    rdataAt: 0,
    rdata,
    ...fields,
  };
}

describe('parseEdns', () => {
  it('parseEdns reads size, version, DO and options', () => {
    const rdata = Uint8Array.of(0, 11, 0, 0, 0, 8, 0, 1, 9);
    expect(parseEdns([opt({ ttl: 0x0001_8000, rdata })])).toEqual({
      udpSize: 4096,
      version: 1,
      dnssecOk: true,
      options: [
        { code: 11, data: Uint8Array.of() },
        { code: 8, data: Uint8Array.of(9) },
      ],
    });
  });

  it('parseEdns takes a size below 512 for 512 (D10)', () => {
    expect(parseEdns([opt({ class: 100 })])).toMatchObject({ udpSize: 512 });
  });

  it('parseEdns finds nothing when there is no OPT', () => {
    expect(parseEdns([])).toBeUndefined();
  });

  it.each([
    ['two OPT records (D8)', [opt({}), opt({})]],
    ['an OPT with an owner name', [opt({ name: 'x' })]],
    ['an OPT outside the additional section', [opt({ section: 'answer' })]],
    ['an option longer than the record (FL-13)', [opt({ rdata: Uint8Array.of(0, 8, 0, 9, 1) })]],
    ['half an option header (FL-13)', [opt({ rdata: Uint8Array.of(0, 8, 0) })]],
  ])('parseEdns refuses %s', (_, records) => {
    expect(parseEdns(records)).toBe('malformed');
  });
});

describe('fullRcode', () => {
  it('fullRcode puts the bits of header and OPT together (D9)', () => {
    const header = { id: 1, flags: 0x8187, questions: 1, answers: 0, authorities: 0, additionals: 1 };
    expect(fullRcode({ header, records: [opt({ ttl: 0x0100_0000 })] })).toBe(23);
    expect(fullRcode({ header, records: [] })).toBe(7);
  });
});

describe('emitOpt', () => {
  it('emitOpt writes what dns-packet reads: our size, upper rcode bits, DO, options', () => {
    const options = [extendedErrorOption({ code: 22, text: 'gone' }), keepaliveOption(12_345)];
    const record = emitOpt({ rcode: 16, dnssecOk: true, options });
    const header = Buffer.from([0, 1, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(decode(Buffer.concat([header, record])).additionals).toMatchObject([
      {
        type: 'OPT',
        udpPayloadSize: 1232,
        extendedRcode: 1,
        ednsVersion: 0,
        flag_do: true,
        options: [
          { code: 15, data: Buffer.from('\0\x16gone') },
          { code: 11, timeout: 123 },
        ],
      },
    ]);
  });
});
