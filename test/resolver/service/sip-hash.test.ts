import { describe, expect, it } from 'vitest';
import { sipHash } from '../../../src/resolver/service/sip-hash.ts';

const KEY = Uint8Array.from({ length: 16 }, (_, index) => index);

/** From the reference implementation: the message of n bytes is 0, 1, 2 … n − 1. */
const REFERENCE: ReadonlyArray<readonly [number, string]> = [
  [0, '310e0edd47db6f72'],
  [1, 'fd67dc93c539f874'],
  [2, '5a4fa9d909806c0d'],
  [7, '37d1018bf50002ab'],
  [8, '6224939a79f5f593'],
  [15, 'e545be4961ca29a1'],
  [63, '724506eb4c328a95'],
];

describe('sipHash', () => {
  it.each(REFERENCE)('sipHash of %i bytes is what the reference says', (length, expected) => {
    const message = Uint8Array.from({ length }, (_, index) => index);
    expect(Buffer.from(sipHash(KEY, message)).toString('hex')).toBe(expected);
  });

  it('sipHash reads key and message out of the middle of others', () => {
    const key = Uint8Array.of(9, ...KEY).subarray(1);
    const message = Uint8Array.of(9, 0, 9).subarray(1, 2);
    expect(Buffer.from(sipHash(key, message)).toString('hex')).toBe('fd67dc93c539f874');
  });
});
