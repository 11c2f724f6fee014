import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fragmenter } from '../../src/nat/fragmenter.ts';
import { Reassembler } from '../../src/nat/reassembler.ts';
import { writePiece } from '../../src/wire/fragment.ts';
import { PacketView } from '../../src/wire/packet-view.ts';
import { buildUdp, fixIpv4Checksum, patch } from '../support/build-packet.ts';
import { parsePacket } from '../support/parse-packet.ts';

const ENDS = {
  4: { from: '10.64.0.2:4000', to: '192.0.2.77:53', fragment: 0 },
  6: { from: '[fd00:64::2]:4000', to: '[2001:db8:2::77]:53' },
} as const;
const FAMILIES = [4, 6] as const;
const ROOM = 65_535 + 64;

function payload(bytes: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, at) => (at * 31 + seed) & 0xff);
}

/** Both families' pieces bear a number that `first` decides: IPv4 keeps the packet's, IPv6 gets the next of the gateway's. */
function cut(whole: Uint8Array, mtu: number, first = 7): Uint8Array[] {
  const packet = (whole[0] ?? 0) >> 4 === 4 ? fixIpv4Checksum(patch(whole, 4, 0, first)) : whole;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const decoded = new PacketView(view);
  expect(decoded.decode(0, packet.length)).toBeUndefined();
  const fragmenter = new Fragmenter(() => first);
  expect(fragmenter.mayCut(decoded, true, mtu)).toBe(true);
  return fragmenter.cut(decoded, mtu).map((piece) => {
    const target = new Uint8Array(ROOM);
    const length = writePiece({ view, at: 0 }, { view: new DataView(target.buffer), at: 0 }, piece);
    expect(length).toBeLessThanOrEqual(mtu);
    return target.slice(0, length);
  });
}

/** The piece with two bits of explicit congestion notification. */
function marked(piece: Uint8Array, ecn: number): Uint8Array {
  const second = piece[1] ?? 0;
  return (piece[0] ?? 0) >> 4 === 4
    ? fixIpv4Checksum(patch(piece, 1, (second & ~3) | ecn))
    : patch(piece, 1, (second & ~0x30) | (ecn << 4));
}

/** What the reassembler says to each piece: 'held', a reason, or the whole packet. */
function feed(reassembler: Reassembler, pieces: readonly Uint8Array[], nowMs = 0) {
  return pieces.map((piece) => {
    const slot = new Uint8Array(ROOM);
    slot.set(piece);
    const result = reassembler.add(new DataView(slot.buffer), 0, nowMs);
    if (typeof result === 'string') return result;
    return result === 0 ? 'held' : slot.slice(0, result);
  });
}

/** An IPv4 piece by hand: `offset` in bytes, filled with one value. */
function piece4(offset: number, bytes: number, more: boolean, fill = 0, id = 9): Uint8Array {
  const packet = new Uint8Array(20 + bytes).fill(fill);
  packet.set([
    0x45,
    0,
    packet.length >> 8,
    packet.length & 255,
    0,
    id,
    (more ? 0x20 : 0) | (offset >> 11),
    offset >> 3,
  ]);
  packet.set([64, 17, 0, 0, 10, 64, 0, 2, 192, 0, 2, 77], 8);
  return packet;
}

describe.each(FAMILIES)('Reassembler over IPv%i', (family) => {
  const whole = buildUdp({ ...ENDS[family], payload: payload(4000) });

  test('gives the packet back in every order of its pieces (U15)', () => {
    const pieces = cut(whole, 1500);
    expect(pieces).toHaveLength(3);
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]) {
      const said = feed(
        new Reassembler(),
        order.map((at) => pieces[at] ?? new Uint8Array()),
      );
      expect(said.slice(0, 2)).toEqual(['held', 'held']);
      expect(parsePacket(said[2] as Uint8Array)).toEqual(parsePacket(whole));
    }
  });

  test('takes a piece that comes twice once', () => {
    const [one, two, three] = cut(whole, 1500) as [Uint8Array, Uint8Array, Uint8Array];
    const said = feed(new Reassembler(), [one, one, three, three, two]);
    expect(said.slice(0, 4)).toEqual(['held', 'held', 'held', 'held']);
    expect(parsePacket(said[4] as Uint8Array)).toEqual(parsePacket(whole));
  });

  test.each([
    ['no piece', [2, 2, 2], 2],
    ['the first piece', [3, 2, 2], 3],
    ['a later piece', [2, 2, 3], 3],
    ['a piece among such as know the other mark', [1, 3, 2], 3],
    ['every piece', [3, 3, 3], 3],
  ])('F14 tells of congestion that %s tells of (RFC 3168 section 5.3)', (_which, marks, expected) => {
    const said = feed(
      new Reassembler(),
      cut(whole, 1500).map((piece, at) => marked(piece, marks[at] ?? 0)),
    );
    const { tos } = parsePacket(said[2] as Uint8Array);
    expect(tos & 3).toBe(expected);
    expect(parsePacket(said[2] as Uint8Array)).toEqual({ ...parsePacket(whole), tos });
  });

  test('F14 believes no congestion on the way of a packet whose sender would not listen (RFC 3168 section 5.3)', () => {
    const reassembler = new Reassembler();
    const pieces = cut(whole, 1500).map((piece, at) => marked(piece, at === 1 ? 3 : 0));
    expect(feed(reassembler, pieces)).toEqual(['held', 'held', 'fragment-malformed']);
    expect([reassembler.size, reassembler.byteCount]).toEqual([0, 0]);
  });

  test('keeps packets of one sender apart by their identification', () => {
    const other = buildUdp({ ...ENDS[family], payload: payload(4000, 99) });
    const pieces = cut(whole, 1500, 1);
    const others = cut(other, 1500, 2);
    const said = feed(
      new Reassembler(),
      pieces.flatMap((piece, at) => [piece, others[at] ?? piece]),
    );
    expect(parsePacket(said[4] as Uint8Array)).toEqual(parsePacket(whole));
    expect(parsePacket(said[5] as Uint8Array)).toEqual(parsePacket(other));
  });

  test('forgets what stays in pieces (FL-07)', () => {
    const reassembler = new Reassembler();
    const [one = new Uint8Array()] = cut(whole, 1500);
    feed(reassembler, [one], 1000);
    expect(reassembler.advance(30_999)).toBe(0);
    expect(reassembler.advance(61_000)).toBe(1);
    expect([reassembler.size, reassembler.byteCount]).toEqual([0, 0]);
  });

  test('any packet, any MTU, any order: the same packet comes out, and nothing stays behind', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9000 }),
        fc.integer({ min: 1280, max: 1500 }),
        fc.nat(),
        (bytes, mtu, seed) => {
          const packet = buildUdp({ ...ENDS[family], payload: payload(bytes, seed) });
          const pieces = cut(packet, mtu).toSorted((a, b) => ((a[45] ?? 0) ^ seed) - ((b[45] ?? 0) ^ seed));
          const reassembler = new Reassembler();
          const said = feed(reassembler, pieces);
          if (family === 4 || pieces.length > 1)
            expect(parsePacket(said.at(-1) as Uint8Array)).toEqual(parsePacket(packet));
          expect([reassembler.size, reassembler.byteCount]).toEqual([0, 0]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('Reassembler', () => {
  // [name, pieces as [offset, bytes, more]]; the last one is the one that overlaps (RFC 1858, RFC 3128; F1).
  test.each([
    [
      'a second first piece of another length',
      [
        [0, 64, true],
        [0, 32, true],
      ],
    ],
    [
      'one that begins inside another',
      [
        [0, 64, true],
        [32, 64, true],
      ],
    ],
    [
      'one that ends inside another',
      [
        [64, 64, true],
        [32, 64, true],
      ],
    ],
    [
      'one that covers another',
      [
        [64, 32, true],
        [32, 128, true],
      ],
    ],
    [
      'an end before what is there',
      [
        [0, 64, true],
        [128, 64, true],
        [64, 8, false],
      ],
    ],
    [
      'two ends',
      [
        [64, 8, false],
        [128, 8, false],
      ],
    ],
    [
      'something behind the end',
      [
        [64, 8, false],
        [72, 8, true],
      ],
    ],
  ] as const)('refuses the whole packet for %s (F1, F2)', (_, pieces) => {
    const reassembler = new Reassembler();
    const said = feed(
      reassembler,
      pieces.map(([offset, bytes, more]) => piece4(offset, bytes, more)),
    );
    expect(said.at(-1)).toBe('fragment-overlap');
    expect(said.slice(0, -1).every((one) => one === 'held')).toBe(true);
    // Nor can it be completed afterwards.
    expect(
      feed(reassembler, [piece4(0, 256, false, 1), piece4(0, 8, true), piece4(8, 8, false)]),
    ).not.toContain('held');
    expect(reassembler.byteCount).toBe(0);
  });

  test.each([
    ['a piece that is no multiple of eight bytes', piece4(0, 12, true)],
    ['a piece that ends behind 65,535 bytes (ping of death)', piece4(65_528, 1400, false)],
    ['a piece without payload', piece4(8, 0, true)],
  ])('refuses %s', (_, piece) => {
    expect(feed(new Reassembler(), [piece])).toEqual(['fragment-malformed']);
  });

  test('bounds the packets of one source, and all of them (FL-07)', () => {
    const reassembler = new Reassembler();
    const flood = Array.from({ length: 200 }, (_, id) => piece4(0, 8, true, 0, id));
    const said = feed(reassembler, flood);
    expect(said.filter((one) => one === 'held')).toHaveLength(128);
    expect(said.at(-1)).toBe('fragment-limit');
  });

  test('bounds memory to 4 MiB', () => {
    const reassembler = new Reassembler();
    for (let source = 0; source < 200; source++) {
      for (let id = 0; id < 20; id++) {
        const piece = piece4(0, 1480, true, 0, id);
        piece.set([10, 64, 1, source], 12);
        feed(reassembler, [piece]);
      }
    }
    expect(reassembler.byteCount).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(reassembler.size).toBeLessThanOrEqual(1024);
  });

  test('bounds what many small pieces take (FL-07)', () => {
    const reassembler = new Reassembler();
    for (let source = 0; source < 8; source++) {
      for (let id = 0; id < 128; id++) {
        const pieces = Array.from({ length: 32 }, (_, at) => piece4(8 * at, 8, true, 0, id));
        for (const piece of pieces) piece.set([10, 64, 1, source], 12);
        feed(reassembler, pieces);
      }
    }
    expect(reassembler.byteCount).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(reassembler.byteCount).toBeGreaterThan(4 * 1000 * 1024);
    reassembler.advance(30_000);
    expect([reassembler.size, reassembler.byteCount]).toEqual([0, 0]);
  });

  test('takes the largest packet in the pieces of a link of 576 bytes (U15)', () => {
    const whole = buildUdp({ ...ENDS[4], payload: payload(65_507) });
    const said = feed(new Reassembler(), cut(whole, 576));
    expect(said).toHaveLength(119);
    expect(parsePacket(said.at(-1) as Uint8Array)).toEqual(parsePacket(whole));
  });

  test('takes an IPv6 packet in one piece for itself (F3, RFC 6946)', () => {
    const whole = buildUdp({ ...ENDS[6], payload: payload(100) });
    const atomic = new Uint8Array(whole.length + 8);
    atomic.set(whole.subarray(0, 40));
    atomic.set([17, 0, 0, 0, 0, 0, 0, 7], 40);
    atomic.set(whole.subarray(40), 48);
    atomic[6] = 44;
    new DataView(atomic.buffer).setUint16(4, atomic.length - 40);
    const reassembler = new Reassembler();
    const [said] = feed(reassembler, [atomic]);
    expect(parsePacket(said as Uint8Array)).toEqual(parsePacket(whole));
    expect(reassembler.size).toBe(0);
  });

  test('never throws on garbage', () => {
    const reassembler = new Reassembler();
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 48, maxLength: 200 }),
        fc.constantFrom(0x45, 0x60),
        (bytes, version) => {
          const slot = new Uint8Array(ROOM);
          slot.set(bytes);
          slot[0] = version;
          slot.set(
            version === 0x45 ? [bytes.length >> 8, bytes.length & 255] : [0, bytes.length - 40],
            version === 0x45 ? 2 : 4,
          );
          reassembler.add(new DataView(slot.buffer), 0, 0);
        },
      ),
      { numRuns: 2000 },
    );
    expect(reassembler.size).toBeLessThanOrEqual(1024);
  });
});
