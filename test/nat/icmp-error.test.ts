import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildEcho,
  buildIcmp,
  buildIcmpError,
  buildTcp,
  buildUdp,
  fixIpv4Checksum,
  patch,
  payloadOf,
} from '../support/build-packet.ts';
import { checksumOf } from '../support/internet-checksum.ts';
import { bytesOf, createNat, type NatFixture, STORY } from '../support/nat-fixture.ts';
import { parsePacket, parseQuote } from '../support/parse-packet.ts';

const FAMILIES = [4, 6] as const;
const PROTOCOLS = ['tcp', 'udp', 'echo'] as const;

/** The types that pass, per family: type, code, second word. */
const ERRORS: Record<4 | 6, readonly { type: number; code: number; rest: number }[]> = {
  4: [
    { type: 3, code: 0, rest: 0 },
    { type: 3, code: 1, rest: 0 },
    { type: 3, code: 2, rest: 0 },
    { type: 3, code: 3, rest: 0 },
    { type: 3, code: 4, rest: 1300 },
    { type: 3, code: 13, rest: 0 },
    { type: 11, code: 0, rest: 0 },
    { type: 11, code: 1, rest: 0 },
    { type: 12, code: 0, rest: 0x0900_0000 },
  ],
  6: [
    { type: 1, code: 0, rest: 0 },
    { type: 1, code: 4, rest: 0 },
    { type: 2, code: 0, rest: 1280 },
    { type: 3, code: 0, rest: 0 },
    { type: 4, code: 1, rest: 40 },
  ],
};

const UNREACHABLE = { 4: 3, 6: 1 } as const;
const IP_BYTES = { 4: 20, 6: 40 } as const;

/** An IPv6 packet with a fragment header: a piece of a larger one, which begins at `offset` of that. */
function asPiece(packet: Uint8Array, offset: number): Uint8Array {
  const fragment = [packet[6] ?? 0, 0, offset >> 8, (offset & 0xf8) | 1, 1, 2, 3, 4];
  const piece = Uint8Array.of(...packet.subarray(0, 40), ...fragment, ...packet.subarray(40));
  return patch(piece, 6, 44);
}

function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** A client's packet, the same of a flow that the fixture has opened, and what left the gateway for it. */
function openFlow(nat: NatFixture, family: 4 | 6, protocol: (typeof PROTOCOLS)[number], ip = {}) {
  const { client, inner, remote, egress } = STORY[family];
  const ends = { from: endpoint(client, 40_000), to: endpoint(inner, 443) };
  const payload = payloadOf(32);
  const sent =
    protocol === 'tcp'
      ? buildTcp({ ...ends, ...ip, flags: 'S', payload })
      : protocol === 'udp'
        ? buildUdp({ ...ends, ...ip, payload })
        : buildEcho({ from: client, to: inner, identifier: 4321, payload, ...ip });
  return { sent, left: bytesOf(nat.send(sent, { remote, egress })) };
}

describe.each(FAMILIES)('IcmpErrors.inbound, IPv%i', (family) => {
  const { client, inner, remote, egress, router, otherEgress } = STORY[family];

  describe.each(PROTOCOLS)('about %s', (protocol) => {
    test.each(ERRORS[family])(
      'I4 U13 T9 brings type $type code $code from the destination to the client',
      (error) => {
        const nat = createNat();
        const { sent, left } = openFlow(nat, family, protocol);
        const back = parsePacket(
          bytesOf(nat.receiveError(buildIcmpError({ from: remote, to: egress, ...error, quote: left }))),
        );
        expect(back).toMatchObject({ ...error, from: inner, to: client });
        expect(back.payload).toEqual(sent); // addresses, ports and every checksum as the client made them
      },
    );

    test('I4 lets a router on the way stay itself', () => {
      const nat = createNat();
      const { sent, left } = openFlow(nat, family, protocol);
      const type = family === 4 ? 11 : 3;
      const error = buildIcmpError({ from: router, to: egress, type, quote: left });
      const back = parsePacket(bytesOf(nat.receiveError(error)));
      expect(back).toMatchObject({ from: router, to: client });
      expect(back.payload).toEqual(sent);
    });

    test('U8 R5 believes a source that is inside only if the client has called it by name', () => {
      const nat = createNat();
      const { left } = openFlow(nat, family, protocol);
      const error = { to: egress, type: UNREACHABLE[family], quote: left };
      const fromRemote = nat.receiveError(buildIcmpError({ ...error, from: remote }), () => true);
      expect(parsePacket(bytesOf(fromRemote))).toMatchObject({ from: inner, to: client });
      expect(nat.receiveError(buildIcmpError({ ...error, from: router }), () => true)).toBe('ip-martian');
    });

    test('I3 needs no more of the quote than eight bytes of transport', () => {
      const nat = createNat();
      const { sent, left } = openFlow(nat, family, protocol);
      const cut = IP_BYTES[family] + 8;
      const quote = left.subarray(0, cut);
      const error = buildIcmpError({ from: router, to: egress, type: UNREACHABLE[family], quote });
      expect(parsePacket(bytesOf(nat.receiveError(error))).payload).toEqual(sent.subarray(0, cut));
    });

    test('I3 drops a quote with less than eight bytes of transport', () => {
      const nat = createNat();
      const { left } = openFlow(nat, family, protocol);
      const quote = left.subarray(0, IP_BYTES[family] + 7);
      const error = buildIcmpError({ from: router, to: egress, type: UNREACHABLE[family], quote });
      expect(nat.receiveError(error)).toBe('transport-truncated');
    });

    test('I6 T10 neither refreshes nor ends the flow', () => {
      const nat = createNat({ timeouts: { tcpHalfOpen: 60, udp: 60, icmp: 60 } });
      const { sent, left } = openFlow(nat, family, protocol);
      const error = buildIcmpError({ from: remote, to: egress, type: UNREACHABLE[family], quote: left });
      for (let second = 1; second < 60; second++) {
        nat.translator.advance(second);
        bytesOf(nat.receiveError(error));
      }
      expect(nat.flowOf(sent)).not.toBe(-1);
      nat.translator.advance(60);
      expect(nat.flowOf(sent)).toBe(-1);
      expect(nat.receiveError(error)).toBe('icmp-error-unmatched');
    });
  });

  test('I3 drops an error whose own checksum is wrong', () => {
    const nat = createNat();
    const { left } = openFlow(nat, family, 'udp');
    const error = buildIcmpError({ from: remote, to: egress, type: UNREACHABLE[family], quote: left });
    const last = error.length - 1;
    expect(nat.receiveError(patch(error, last, (error[last] ?? 0) ^ 1))).toBe('transport-bad-checksum');
  });

  test('I3 leaves a wrong transport checksum in the quote as wrong as it was', () => {
    const nat = createNat();
    const { sent, left } = openFlow(nat, family, 'udp');
    const at = IP_BYTES[family] + 8;
    const quote = patch(left, at, (left[at] ?? 0) ^ 0xff);
    const error = buildIcmpError({ from: remote, to: egress, type: UNREACHABLE[family], quote });
    const expected = patch(sent, at, (sent[at] ?? 0) ^ 0xff);
    expect(parsePacket(bytesOf(nat.receiveError(error))).payload).toEqual(expected);
  });

  test('I4 drops an error about a packet that no flow sent', () => {
    const nat = createNat();
    openFlow(nat, family, 'udp');
    const quote = buildUdp({ from: endpoint(egress, 1023), to: endpoint(remote, 443) });
    const error = buildIcmpError({ from: remote, to: egress, type: UNREACHABLE[family], quote });
    expect(nat.receiveError(error)).toBe('icmp-error-unmatched');
  });

  test('I4 drops an error sent to another address than the quoted packet came from', () => {
    const nat = createNat();
    const { left } = openFlow(nat, family, 'udp');
    const error = buildIcmpError({ from: remote, to: otherEgress, type: UNREACHABLE[family], quote: left });
    expect(nat.receiveError(error)).toBe('icmp-error-unmatched');
  });

  test('R3 drops an error about an error', () => {
    const nat = createNat();
    const { left } = openFlow(nat, family, 'udp');
    const quote = buildIcmpError({ from: egress, to: remote, type: UNREACHABLE[family], quote: left });
    const error = buildIcmpError({ from: remote, to: egress, type: UNREACHABLE[family], quote });
    expect(nat.receiveError(error)).toBe('icmp-type-unsupported');
  });

  test.each([0, 1, 2, 47, 132, 255])('G1 drops an error about a packet of protocol %i', (protocol) => {
    const nat = createNat();
    const { left } = openFlow(nat, family, 'udp');
    const protocolAt = family === 4 ? 9 : 6;
    const quote =
      family === 4 ? fixIpv4Checksum(patch(left, protocolAt, protocol)) : patch(left, protocolAt, protocol);
    const error = buildIcmpError({ from: remote, to: egress, type: UNREACHABLE[family], quote });
    expect(nat.receiveError(error)).toBeTypeOf('string');
  });

  test('R10 I3 leaves extensions behind the quote untouched', () => {
    const nat = createNat();
    const { sent, left } = openFlow(nat, family, 'tcp');
    const padded = new Uint8Array(128);
    padded.set(left);
    const mpls = Uint8Array.of(0x20, 0, 0, 0, 0, 8, 1, 1, 0x00, 0x01, 0x01, 0x40);
    const quote = Uint8Array.of(...padded, ...mpls);
    const rest = family === 4 ? (128 / 4) << 16 : (128 / 8) << 24;
    const type = family === 4 ? 11 : 3;
    const error = buildIcmpError({ from: router, to: egress, type, rest, quote });
    const back = parsePacket(bytesOf(nat.receiveError(error)));
    expect(back.rest).toBe(rest);
    expect(back.payload.subarray(0, sent.length)).toEqual(sent);
    expect(back.payload.subarray(sent.length)).toEqual(quote.subarray(sent.length));
  });

  test('R10 takes the bytes behind a short quote for what they are', () => {
    const nat = createNat();
    const { sent, left } = openFlow(nat, family, 'tcp');
    const cut = IP_BYTES[family] + 8;
    const extension = payloadOf(16);
    const quote = Uint8Array.of(...left.subarray(0, cut), ...extension);
    const rest = family === 4 ? (cut / 4) << 16 : (cut / 8) << 24;
    const error = buildIcmpError({ from: router, to: egress, type: UNREACHABLE[family], rest, quote });
    const back = parsePacket(bytesOf(nat.receiveError(error)));
    expect(back.payload).toEqual(Uint8Array.of(...sent.subarray(0, cut), ...extension));
  });

  test('I4 tells apart two names of one real destination', () => {
    const nat = createNat();
    const route = { remote, egress };
    const from = endpoint(client, 40_000);
    const first = buildUdp({ from, to: endpoint(inner, 53), payload: payloadOf(9) });
    const second = buildUdp({ from, to: endpoint(STORY[family].otherInner, 53), payload: payloadOf(9) });
    bytesOf(nat.send(first, route));
    const quote = bytesOf(nat.send(second, route));
    const error = buildIcmpError({ from: remote, to: egress, type: UNREACHABLE[family], quote });
    const back = parsePacket(bytesOf(nat.receiveError(error)));
    expect(back).toMatchObject({ from: STORY[family].otherInner, to: client });
    expect(back.payload).toEqual(second);
  });
});

describe('IcmpErrors.inbound', () => {
  const { client, inner, remote, egress } = STORY[4];

  test('I3 drops a quote whose header checksum is wrong', () => {
    const nat = createNat();
    const { left } = openFlow(nat, 4, 'udp');
    const quote = patch(left, 8, (left[8] ?? 0) - 1); // a time to live that nobody summed
    const error = buildIcmpError({ from: remote, to: egress, type: 3, quote });
    expect(nat.receiveError(error)).toBe('ip-bad-checksum');
  });

  test('I3 steps over IP options in the quote', () => {
    const nat = createNat();
    const { sent, left } = openFlow(nat, 4, 'tcp', { ipOptions: [136, 4, 0, 9, 1, 1, 1, 1, 1, 1, 1, 0] });
    const error = buildIcmpError({ from: remote, to: egress, type: 3, quote: left });
    expect(parsePacket(bytesOf(nat.receiveError(error))).payload).toEqual(sent);
  });

  test('I4 steps over extension headers in an IPv6 quote', () => {
    const nat = createNat();
    const extensionHeaders = [{ type: 60, body: [0, 0, 1, 4, 0, 0, 0, 0] }];
    const { sent, left } = openFlow(nat, 6, 'udp', { extensionHeaders });
    const error = buildIcmpError({ from: STORY[6].remote, to: STORY[6].egress, type: 1, quote: left });
    expect(parsePacket(bytesOf(nat.receiveError(error))).payload).toEqual(sent);
  });

  test('U16 keeps an absent UDP checksum in the quote absent', () => {
    const nat = createNat();
    const sent = buildUdp({
      from: `${client}:40000`,
      to: `${inner}:53`,
      checksum: 'absent',
      payload: payloadOf(5),
    });
    const left = bytesOf(nat.send(sent, { remote, egress }));
    const error = buildIcmpError({ from: remote, to: egress, type: 3, quote: left });
    expect(parsePacket(bytesOf(nat.receiveError(error))).payload).toEqual(sent);
  });

  test('I4 takes the quote of a first fragment, and drops that of a later one', () => {
    const nat = createNat();
    const { left } = openFlow(nat, 4, 'udp');
    const first = fixIpv4Checksum(patch(left, 6, 0x20, 0));
    const later = fixIpv4Checksum(patch(left, 6, 0x00, 0x10));
    const about = (quote: Uint8Array) => buildIcmpError({ from: remote, to: egress, type: 3, quote });
    expect(parseQuote(parsePacket(bytesOf(nat.receiveError(about(first)))).payload)).toMatchObject({
      from: `${client}:40000`,
      to: `${inner}:443`,
    });
    expect(nat.receiveError(about(later))).toBe('ip-fragment');
  });

  test('I4 F10 takes the quote of a first fragment of IPv6, which alone tells what is too big for a router on the way', () => {
    const nat = createNat();
    const { sent, left } = openFlow(nat, 6, 'udp');
    const { router, egress: to } = STORY[6];
    const about = (quote: Uint8Array) => buildIcmpError({ from: router, to, type: 2, rest: 1280, quote });
    const error = parsePacket(bytesOf(nat.receiveError(about(asPiece(left, 0)))));
    expect(error.rest).toBe(1280);
    expect(error.payload).toEqual(asPiece(sent, 0));
    expect(nat.receiveError(about(asPiece(left, 1448)))).toBe('ip-fragment');
  });

  test.each([
    { family: 4, type: 3, code: 4, rest: 68, verdict: 'passes' },
    { family: 4, type: 3, code: 4, rest: 67, verdict: 'icmp-absurd-mtu' },
    { family: 4, type: 3, code: 4, rest: 0, verdict: 'icmp-absurd-mtu' },
    { family: 4, type: 3, code: 3, rest: 0, verdict: 'passes' },
    { family: 6, type: 2, code: 0, rest: 1280, verdict: 'passes' },
    { family: 6, type: 2, code: 0, rest: 1279, verdict: 'icmp-absurd-mtu' },
    { family: 6, type: 2, code: 0, rest: 0, verdict: 'icmp-absurd-mtu' },
    { family: 6, type: 2, code: 0, rest: 0x8000_0000, verdict: 'passes' },
  ] as const)('F8 F9 F10 type $type with $rest in the MTU field of IPv$family: $verdict', (row) => {
    const nat = createNat();
    const { left } = openFlow(nat, row.family, 'tcp');
    const { router, egress: to } = STORY[row.family];
    const result = nat.receiveError(
      buildIcmpError({ from: router, to, type: row.type, code: row.code, rest: row.rest, quote: left }),
    );
    if (row.verdict === 'passes') expect(parsePacket(bytesOf(result)).rest).toBe(row.rest);
    else expect(result).toBe(row.verdict);
  });

  test.each([
    { family: 4, types: [4, 5, 6, 9, 10, 13, 14, 15, 16, 17, 18, 30, 40, 42, 255] },
    { family: 6, types: [0, 5, 100, 127, 130, 133, 134, 135, 136, 137, 138, 160, 255] },
  ] as const)('I10 drops redirects, source quench and all other types of IPv$family', ({ family, types }) => {
    const nat = createNat();
    const { left } = openFlow(nat, family, 'tcp');
    for (const type of types) {
      const error = buildIcmpError({
        from: STORY[family].router,
        to: STORY[family].egress,
        type,
        quote: left,
      });
      expect([type, nat.receiveError(error), nat.sendError(error)]).toEqual([
        type,
        'icmp-type-unsupported',
        'icmp-type-unsupported',
      ]);
    }
  });

  test('I3 drops an error that quotes nothing, or another family', () => {
    const nat = createNat();
    const { left } = openFlow(nat, 6, 'udp');
    for (const quote of [new Uint8Array(0), left, new Uint8Array(19).fill(0x45)]) {
      const error = buildIcmpError({ from: remote, to: egress, type: 3, quote });
      expect(nat.receiveError(error)).toMatch(/^ip-/);
    }
    expect(
      nat.receiveError(buildIcmp({ from: remote, to: egress }, Uint8Array.of(3, 1, 0, 0, 0, 0, 0, 0))),
    ).toBe('ip-bad-version');
  });
});

describe.each(FAMILIES)('IcmpErrors.outbound, IPv%i', (family) => {
  const { client, neighbour, inner, remote, egress } = STORY[family];

  /** An answer from the internet, and the same as the client saw it. */
  function answer(nat: NatFixture, protocol: (typeof PROTOCOLS)[number]) {
    const { left } = openFlow(nat, family, protocol);
    const { from, to, rest } = parsePacket(left);
    const came =
      protocol === 'tcp'
        ? buildTcp({ from: to, to: from, flags: 'SA', payload: payloadOf(3) })
        : protocol === 'udp'
          ? buildUdp({ from: to, to: from, payload: payloadOf(30) })
          : buildEcho({ from: to, to: from, identifier: rest >>> 16, reply: true });
    return { came, seen: bytesOf(nat.receive(came)) };
  }

  describe.each(PROTOCOLS)('about %s', (protocol) => {
    test('I5 leaves from the address of that flow and quotes what came', () => {
      const nat = createNat();
      const { came, seen } = answer(nat, protocol);
      const error = { type: UNREACHABLE[family], code: family === 4 ? 3 : 4 };
      const left = bytesOf(nat.sendError(buildIcmpError({ from: client, to: inner, ...error, quote: seen })));
      const parsed = parsePacket(left);
      expect(parsed).toMatchObject({ ...error, from: egress, to: remote });
      expect(parsed.payload).toEqual(came);
    });

    test('I5 drops an error about a packet that no flow received', () => {
      const nat = createNat();
      const { seen } = answer(nat, protocol);
      nat.translator.close(0, 'egress-lost');
      const error = buildIcmpError({ from: client, to: inner, type: UNREACHABLE[family], quote: seen });
      expect(nat.sendError(error)).toBe('icmp-error-unmatched');
    });
  });

  test('I5 names the flow, so that the error takes its way out', () => {
    const nat = createNat();
    answer(nat, 'udp');
    const from = endpoint(neighbour, 40_000);
    const left = bytesOf(nat.send(buildUdp({ from, to: endpoint(inner, 443) }), { remote, egress }));
    const parsed = parsePacket(left);
    const seen = bytesOf(nat.receive(buildUdp({ from: parsed.to, to: parsed.from })));
    const quoted = buildIcmpError({ from: neighbour, to: inner, type: UNREACHABLE[family], quote: seen });
    expect(parsePacket(bytesOf(nat.sendError(quoted)))).toMatchObject({ from: egress, to: remote });
  });

  test('I5 hides a router behind the client, too', () => {
    const nat = createNat();
    const { came, seen } = answer(nat, 'udp');
    const error = buildIcmpError({ from: neighbour, to: inner, type: family === 4 ? 11 : 3, quote: seen });
    const parsed = parsePacket(bytesOf(nat.sendError(error)));
    expect(parsed).toMatchObject({ from: egress, to: remote });
    expect(parsed.payload).toEqual(came);
  });

  test('I5 drops an error that goes elsewhere than to the quoted source', () => {
    const nat = createNat();
    const { seen } = answer(nat, 'udp');
    const to = STORY[family].otherInner;
    const error = buildIcmpError({ from: client, to, type: UNREACHABLE[family], quote: seen });
    expect(nat.sendError(error)).toBe('icmp-error-unmatched');
  });
});

test.each(FAMILIES)(
  'IcmpErrors writes inside the packet and sums up rightly, whatever is quoted, IPv%i',
  (family) => {
    const nat = createNat();
    const { client, inner, remote, egress } = STORY[family];
    const lefts = PROTOCOLS.map((protocol) => openFlow(nat, family, protocol).left);
    const change = fc.tuple(fc.nat(90), fc.nat(255));
    const quote = fc
      .tuple(fc.constantFrom(...lefts), fc.array(change, { maxLength: 3 }), fc.nat(90))
      .map(([left, changes, cut]) => {
        const changed = changes.reduce((bytes, [at, value]) => patch(bytes, at % bytes.length, value), left);
        return (family === 4 ? fixIpv4Checksum(changed) : changed).subarray(0, cut);
      });
    let passed = 0;
    fc.assert(
      fc.property(quote, fc.constantFrom(...ERRORS[family]), fc.nat(255), (bytes, error, length) => {
        const rest = family === 4 ? (error.rest | (length << 16)) >>> 0 : error.rest;
        const inward = buildIcmpError({ from: remote, to: egress, ...error, rest, quote: bytes });
        const outward = buildIcmpError({ from: client, to: inner, ...error, rest, quote: bytes });
        for (const result of [nat.receiveError(inward), nat.sendError(outward)]) {
          if (typeof result === 'string') continue;
          expect(parsePacket(result).payload).toHaveLength(bytes.length);
          passed++;
        }
      }),
      { numRuns: 3000 },
    );
    expect(passed).toBeGreaterThan(50);
  },
);

test('IcmpErrors repairs the checksum of a message of odd length', () => {
  const nat = createNat();
  const { sent, left } = openFlow(nat, 4, 'tcp');
  const { remote, egress } = STORY[4];
  const quote = left.subarray(0, left.length - 3);
  const back = bytesOf(nat.receiveError(buildIcmpError({ from: remote, to: egress, type: 3, quote })));
  expect(checksumOf(back.subarray(20))).toBe(0);
  expect(parsePacket(back).payload).toEqual(sent.subarray(0, sent.length - 3));
});
