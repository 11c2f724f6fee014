import { describe, expect, it } from 'vitest';
import type { ResourceRecord } from '../../../src/wire/dns/message.ts';
import { effectiveTtl, negativeTtl } from '../../../src/wire/dns/ttl.ts';

describe('effectiveTtl', () => {
  it.each([
    [0, 0],
    [300, 300],
    [86_400, 86_400],
    [604_800, 86_400],
    [0x7fff_ffff, 86_400],
    [0x8000_0000, 0],
    [0xffff_ffff, 0],
  ])('effectiveTtl takes %i for %i seconds (D29)', (field, seconds) => {
    expect(effectiveTtl(field)).toBe(seconds);
  });
});

describe('negativeTtl', () => {
  it.each([
    [3600, 5, 5],
    [5, 3600, 5],
    [0x8000_0000, 60, 0],
  ])('negativeTtl of an SOA with TTL %i and minimum %i is %i (D15)', (ttl, minimum, expected) => {
    const rdata = new Uint8Array(22);
    new DataView(rdata.buffer).setUint32(18, minimum);
    const soa: ResourceRecord = {
      section: 'authority',
      name: '',
      type: 6,
      class: 1,
      ttl,
      ttlAt: 0,
      rdataAt: 0,
      rdata,
    };
    expect(negativeTtl(soa)).toBe(expected);
  });
});
