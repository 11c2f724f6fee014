import { describe, expect, test } from 'vitest';
import { Ipv4Identifications } from '../../src/nat/ipv4-identifications.ts';
import { createSecureRandom } from '../../src/nat/random.ts';
import { buildTcp, buildUdp, patch } from '../support/build-packet.ts';
import { parsePacket } from '../support/parse-packet.ts';

const from = '203.0.113.5:1024';
const to = '198.51.100.10:53';
const MAY_BE_CUT = { fragment: 0 };

function renew(identifications: Ipv4Identifications, packet: Uint8Array, segments = 1): Uint8Array {
  const slot = new Uint8Array(8 + packet.length);
  slot.set(packet, 8);
  identifications.renew(new DataView(slot.buffer), 8, segments);
  return slot.slice(8);
}

const identificationOf = (packet: Uint8Array) => ((packet[4] ?? 0) << 8) | (packet[5] ?? 0);

describe('Ipv4Identifications', () => {
  test('P10 numbers packets of one source, destination and protocol one after the other, without repeats', () => {
    const identifications = new Ipv4Identifications(createSecureRandom());
    const packet = buildUdp({ from, to, ...MAY_BE_CUT });
    const numbers = Array.from({ length: 65_536 }, () => identificationOf(renew(identifications, packet)));
    expect(new Set(numbers).size).toBe(65_536);
    const [first = 0] = numbers;
    expect(identificationOf(renew(identifications, packet))).toBe(first);
  });

  test('P10 keeps everything else and the header checksum right', () => {
    const identifications = new Ipv4Identifications(createSecureRandom());
    const packet = buildTcp({ from, to, ...MAY_BE_CUT });
    for (let round = 0; round < 1000; round++) {
      const renewed = renew(identifications, packet);
      expect(parsePacket(renewed)).toEqual(parsePacket(packet));
      expect(patch(renewed, 4, 0, 0).subarray(12)).toEqual(packet.subarray(12));
    }
  });

  test('P10 leaves room for the segments that a device makes of a super-packet', () => {
    const identifications = new Ipv4Identifications(createSecureRandom());
    const packet = buildTcp({ from, to, ...MAY_BE_CUT });
    const first = identificationOf(renew(identifications, packet, 44));
    expect(identificationOf(renew(identifications, packet))).toBe((first + 44) & 0xffff);
  });

  test("P10 lets no segment of a super-packet have a number of another worker's", () => {
    for (const share of [
      { worker: 0, workers: 2 },
      { worker: 1, workers: 2 },
    ]) {
      const identifications = new Ipv4Identifications(createSecureRandom(), share);
      const packet = buildTcp({ from, to, ...MAY_BE_CUT });
      const own = Array.from({ length: 2000 }, () => identificationOf(renew(identifications, packet, 44)));
      const owners = new Set(own.flatMap((number) => [number, number + 43].map((one) => one >>> 15)));
      expect([...owners]).toEqual([share.worker]);
    }
  });

  test('P10 leaves a packet alone that must not be cut (RFC 6864 section 4.1)', () => {
    const identifications = new Ipv4Identifications(createSecureRandom());
    const packet = buildUdp({ from, to });
    expect(renew(identifications, packet)).toEqual(packet);
  });

  test('starts at another number for every destination, so that none tells of the others', () => {
    const identifications = new Ipv4Identifications(createSecureRandom());
    const numbers = Array.from({ length: 64 }, (_, number) =>
      identificationOf(
        renew(identifications, buildUdp({ from, to: `198.51.100.${number}:53`, ...MAY_BE_CUT })),
      ),
    );
    const steps = numbers.slice(1).map((number, index) => (number - (numbers[index] ?? 0)) & 0xffff);
    expect(steps.filter((step) => step === 1).length).toBeLessThan(4);
  });

  test.each([2, 3])('P10 gives each of %i workers numbers of its own, whatever their sequence', (workers) => {
    const packet = buildUdp({ from, to, ...MAY_BE_CUT });
    const used = Array.from({ length: workers }, (_, worker) => {
      const identifications = new Ipv4Identifications(createSecureRandom(), { worker, workers });
      return Array.from({ length: 20_000 }, () => identificationOf(renew(identifications, packet)));
    });
    expect(new Set(used.flat()).size).toBe(20_000 * workers);
  });
});
