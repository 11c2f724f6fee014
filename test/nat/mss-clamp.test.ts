import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clampMss } from '../../src/nat/mss-clamp.ts';
import { buildTcp, payloadOf } from '../support/build-packet.ts';
import { decoded } from '../support/nat-fixture.ts';
import { parsePacket } from '../support/parse-packet.ts';

const ENDS = {
  4: { from: '10.64.0.2:40000', to: '192.0.2.1:443' },
  6: { from: '[fd00:64::2]:40000', to: '[2001:db8::1]:443' },
};
const mss = (value: number) => [2, 4, value >> 8, value & 0xff];

/** The SYN after the clamp. */
function clamp(packet: Uint8Array, most: number, partial = false): Uint8Array {
  const view = decoded(packet);
  clampMss(view, most, partial);
  return new Uint8Array(view.view.buffer);
}

describe.each([4, 6] as const)('clampMss over IPv%i', (family) => {
  const headers = family === 4 ? 40 : 60;
  const syn = (tcpOptions: number[], partial = false) =>
    buildTcp({
      ...ENDS[family],
      flags: 'S',
      tcpOptions,
      payload: payloadOf(3),
      checksum: partial ? 'partial' : 'finished',
    });

  test.each([
    ['at the beginning', [...mss(8960), 4, 2, 1, 3, 3, 7, 0, 0], 2],
    ['behind others', [1, 3, 3, 7, ...mss(8960), 4, 2, 1, 1], 6],
    ['at an odd place', [1, ...mss(8960), 3, 3, 7], 3],
  ])('F11 lowers an option %s, and keeps the checksum right', (_where, options, at) => {
    const clamped = clamp(syn(options), 1460);
    expect(parsePacket(clamped)).toMatchObject({ flags: 'S', payload: payloadOf(3) });
    expect([clamped[headers + at], clamped[headers + at + 1]]).toEqual([1460 >> 8, 1460 & 0xff]);
  });

  test('F11 keeps the checksum right whatever is lowered to what', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 536, max: 65_535 }),
        fc.nat(65_535),
        fc.boolean(),
        (most, announced, odd) => {
          const options = odd ? [1, ...mss(announced), 1, 1, 1] : mss(announced);
          const clamped = clamp(syn(options), most);
          parsePacket(clamped);
          const at = headers + (odd ? 3 : 2);
          expect(((clamped[at] ?? 0) << 8) | (clamped[at + 1] ?? 0)).toBe(Math.min(announced, most));
        },
      ),
    );
  });

  test('F11 leaves a partial checksum alone, which covers no option', () => {
    const packet = syn(mss(8960), true);
    const expected = packet.slice();
    expected.set([1460 >> 8, 1460 & 0xff], headers + 2);
    expect(clamp(packet, 1460, true)).toEqual(expected);
  });

  test.each([
    ['a smaller size', mss(1400)],
    ['no such option', [1, 3, 3, 7]],
    ['an option of a wrong length', [2, 3, 9, 0]],
    ['an option that has no room', [1, 1, 2, 4]],
    ['options that end before', [0, 0, 0, 0, ...mss(8960)]],
    ['an option without length', [3, 0, ...mss(8960), 1, 1]],
  ])('leaves %s alone', (_what, options) => {
    expect(clamp(syn(options), 1460)).toEqual(syn(options));
  });
});
