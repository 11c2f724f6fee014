import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scrubService } from '../../../src/wire/dns/service-record.ts';

type Parameter = readonly [key: number, value: readonly number[]];

const ALPN: Parameter = [1, [2, 104, 50]];
const PORT: Parameter = [3, [1, 187]];
const HINT4: Parameter = [4, [192, 0, 2, 1]];
const ECH: Parameter = [5, [1, 2, 3]];
const HINT6: Parameter = [6, new Array<number>(16).fill(9)];

function mandatory(...keys: number[]): Parameter {
  return [0, keys.flatMap((key) => [key >> 8, key & 255])];
}

function record(
  priority: number,
  target: readonly number[],
  ...parameters: readonly Parameter[]
): Uint8Array {
  const encoded = parameters.flatMap(([key, value]) => [key >> 8, key & 255, 0, value.length, ...value]);
  return Uint8Array.of(priority >> 8, priority & 255, ...target, ...encoded);
}

describe('scrubService', () => {
  it.each([
    ['nothing to remove', record(1, [0], ALPN, PORT, ECH), record(1, [0], ALPN, PORT, ECH)],
    ['both hints (D19)', record(1, [0], ALPN, PORT, HINT4, ECH, HINT6), record(1, [0], ALPN, PORT, ECH)],
    [
      'mandatory that names a hint',
      record(1, [0], mandatory(1, 4), ALPN, HINT4),
      record(1, [0], mandatory(1), ALPN),
    ],
    ['mandatory that names only hints', record(1, [0], mandatory(4, 6), HINT4, HINT6), record(1, [0])],
    ['no parameters at all', record(16, [0]), record(16, [0])],
    ['an unknown key above the hints', record(1, [0], HINT6, [7, [1]]), record(1, [0], [7, [1]])],
  ])('scrubService keeps the rest of a record with %s', (_, before, after) => {
    expect(scrubService(before)).toEqual(after);
  });

  it.each([
    ['AliasMode (D19)', record(0, [0])],
    ['AliasMode to another name', record(0, [1, 97, 0])],
    ['a TargetName other than "." (D19)', record(1, [1, 97, 0], ALPN)],
    ['keys out of order', record(1, [0], PORT, ALPN)],
    ['a key twice', record(1, [0], PORT, PORT)],
    ['a parameter past the end (FL-13)', record(1, [0], ALPN).subarray(0, 8)],
    ['half a parameter header', Uint8Array.of(0, 1, 0, 0, 1, 0)],
    ['an odd mandatory list', record(1, [0], [0, [0, 1, 0]], ALPN)],
    ['an empty mandatory list', record(1, [0], [0, []], ALPN)],
    ['nothing behind the priority', Uint8Array.of(0, 1)],
    ['nothing at all', new Uint8Array(0)],
  ])('scrubService refuses a record with %s', (_, rdata) => {
    expect(scrubService(rdata)).toBeUndefined();
  });

  it('scrubService never throws and never leaves a hint', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (tail) => {
        const scrubbed = scrubService(Uint8Array.of(0, 1, 0, ...tail));
        if (scrubbed !== undefined) expect(scrubService(scrubbed)).toEqual(scrubbed);
      }),
    );
  });
});
