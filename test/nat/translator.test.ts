import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BYTES_IN,
  BYTES_OUT,
  PACKETS_IN,
  PACKETS_OUT,
  RECORD_WORDS,
  readCounter,
} from '../../src/nat/flow-record.ts';
import { joinEndpoint, splitEndpoint } from '../support/address-text.ts';
import {
  buildEcho,
  buildTcp,
  buildUdp,
  finishPartialChecksum,
  type IpFields,
  payloadOf,
} from '../support/build-packet.ts';
import { bytesOf, createNat, decoded, type NatFixture, STORY } from '../support/nat-fixture.ts';
import { parsePacket } from '../support/parse-packet.ts';

const FAMILIES = [4, 6] as const;
const PROTOCOLS = ['tcp', 'udp', 'echo'] as const;
type Protocol = (typeof PROTOCOLS)[number];

interface Wanted extends IpFields {
  readonly payload?: Uint8Array;
  readonly flags?: string;
}

/** A packet of a protocol between two endpoints; an echo takes the asking side's port as its identifier. */
function build(protocol: Protocol, from: string, to: string, wanted: Wanted = {}, reply = false): Uint8Array {
  if (protocol === 'tcp') return buildTcp({ from, to, ...wanted });
  if (protocol === 'udp') return buildUdp({ from, to, ...wanted });
  const identifier = splitEndpoint(reply ? to : from).port;
  const [source, destination] = [splitEndpoint(from).address, splitEndpoint(to).address];
  return buildEcho({ from: source, to: destination, identifier, reply, ...wanted });
}

/** The endpoint a packet left with; an echo's identifier counts as its port. */
function egressEndpoint(left: Uint8Array): string {
  const parsed = parsePacket(left);
  return parsed.protocol === 'icmp' ? joinEndpoint(parsed.from, parsed.rest >>> 16) : parsed.from;
}

describe.each(FAMILIES)('Translator, IPv%i', (family) => {
  const { client, neighbour, inner, otherInner, remote, otherRemote, egress, otherEgress } = STORY[family];
  const route = { remote, egress };
  const from = joinEndpoint(client, 40_000);
  const dialled = joinEndpoint(inner, 443);
  const real = joinEndpoint(remote, 443);

  describe.each(PROTOCOLS)('%s', (protocol) => {
    test('U16 F5 F14 rewrites addresses and source port only, with right checksums', () => {
      const nat = createNat();
      const sent = build(protocol, from, dialled, {
        tos: 0xb9,
        ttl: 17,
        payload: payloadOf(33),
        flags: 'SEC',
      });
      const left = parsePacket(bytesOf(nat.send(sent, route)));
      const before = parsePacket(sent);
      expect(protocol === 'echo' ? left.from : splitEndpoint(left.from).address).toBe(egress);
      expect(left.to).toBe(protocol === 'echo' ? remote : real);
      const { from: _from, to: _to, checksum: _sum, rest, ...same } = before;
      expect(left).toMatchObject(same);
      expect(left.rest & 0xffff).toBe(rest & 0xffff);
    });

    test('F13 gives a round trip back byte for byte, whatever the length', () => {
      const nat = createNat({ capacity: 4096 });
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 60 }),
          fc.nat({ max: 0xffff }),
          fc.boolean(),
          (payload, port, extra) => {
            const options: IpFields = !extra
              ? {}
              : family === 4
                ? { ipOptions: [0x94, 4, 0, 0, 136, 4, 3, 4, 1, 1, 1, 0] }
                : { extensionHeaders: [{ type: 60, body: [0, 0, 1, 4, 0, 0, 0, 0] }] };
            const source = joinEndpoint(client, port);
            const left = bytesOf(
              nat.send(build(protocol, source, dialled, { payload, ...options, flags: 'S' }), route),
            );
            const out = parsePacket(left); // every checksum is verified here
            expect(out.payload).toEqual(payload);
            const answer = build(
              protocol,
              real,
              egressEndpoint(left),
              { payload, ...options, flags: 'SA' },
              true,
            );
            const back = bytesOf(nat.receive(answer));
            expect(back).toEqual(
              build(protocol, dialled, source, { payload, ...options, flags: 'SA' }, true),
            );
          },
        ),
        { numRuns: 300 },
      );
    });

    test('X1 maps every packet of a flow, retries above all, identically', () => {
      const nat = createNat();
      const sent = build(protocol, from, dialled, { flags: 'S' });
      const first = nat.send(sent, route);
      for (const second of [1, 3, 7, 15, 31]) {
        nat.translator.advance(second);
        // The gatekeeper would now say something else: it is not asked.
        expect(nat.send(sent, { remote: otherRemote, egress: otherEgress })).toEqual(first);
      }
      expect(nat.translator.flows.size).toBe(1);
    });

    test('U1 T1 I1 keeps one external port for one inside endpoint at one egress address', () => {
      const nat = createNat();
      const one = egressEndpoint(bytesOf(nat.send(build(protocol, from, dialled, { flags: 'S' }), route)));
      const toOther = build(protocol, from, joinEndpoint(otherInner, 80), { flags: 'S' });
      const two = egressEndpoint(bytesOf(nat.send(toOther, { remote: otherRemote, egress })));
      expect(two).toBe(one);
    });

    test('U1 gives it another port, or the same by chance, at another egress address', () => {
      const nat = createNat();
      nat.send(build(protocol, from, dialled, { flags: 'S' }), route);
      const toOther = build(protocol, from, joinEndpoint(otherInner, 80), { flags: 'S' });
      const two = bytesOf(nat.send(toOther, { remote: otherRemote, egress: otherEgress, egressIndex: 1 }));
      expect(parsePacket(two).from).toContain(otherEgress);
    });

    test('U3 T7 never gives two inside endpoints one port', () => {
      const nat = createNat({ capacity: 4000 });
      const seen = new Set<string>();
      for (const host of [client, neighbour]) {
        for (let port = 2000; port < 3000; port++) {
          const sent = build(protocol, joinEndpoint(host, port), dialled, { flags: 'S' });
          seen.add(egressEndpoint(bytesOf(nat.send(sent, route))));
        }
      }
      expect(seen.size).toBe(2000);
    });

    test('U3 gives two names of one real endpoint different external ports', () => {
      const nat = createNat();
      const one = bytesOf(nat.send(build(protocol, from, dialled, { flags: 'S' }), route));
      const byOther = joinEndpoint(otherInner, 443);
      const two = bytesOf(nat.send(build(protocol, from, byOther, { flags: 'S' }), route));
      expect(egressEndpoint(two)).not.toBe(egressEndpoint(one));
      for (const [left, name] of [
        [one, dialled],
        [two, byOther],
      ] as const) {
        const answer = build(protocol, real, egressEndpoint(left), { flags: 'SA' }, true);
        const source = splitEndpoint(name).address;
        expect(parsePacket(bytesOf(nat.receive(answer))).from).toContain(source);
      }
    });

    test('U9 T3 T4 lets nobody in but the one that was called', () => {
      const nat = createNat();
      const outside = egressEndpoint(
        bytesOf(nat.send(build(protocol, from, dialled, { flags: 'S' }), route)),
      );
      const { port } = splitEndpoint(outside);
      for (const [stranger, to] of [
        [joinEndpoint(otherRemote, 443), outside],
        [real, joinEndpoint(egress, port ^ 1)],
        [real, joinEndpoint(otherEgress, port)],
      ] as const) {
        expect(nat.receive(build(protocol, stranger, to, { flags: 'SA' }, true))).toBe('no-flow-outside');
      }
      if (protocol === 'echo') return;
      expect(nat.receive(build(protocol, joinEndpoint(remote, 444), outside))).toBe('no-flow-outside');
    });

    test('G10 counts packets and bytes both ways', () => {
      const nat = createNat();
      const sent = build(protocol, from, dialled, { flags: 'S' });
      const left = bytesOf(nat.send(sent, route));
      nat.send(sent, route);
      const answer = build(
        protocol,
        real,
        egressEndpoint(left),
        { payload: payloadOf(500), flags: 'SA' },
        true,
      );
      nat.receive(answer);
      const { words } = nat.translator.flows;
      const base = nat.flowOf(sent) * RECORD_WORDS;
      expect([words[base + PACKETS_OUT], words[base + PACKETS_IN]]).toEqual([2, 1]);
      expect(readCounter(words, base + BYTES_OUT)).toBe(2 * sent.length);
      expect(readCounter(words, base + BYTES_IN)).toBe(answer.length);
    });
  });

  test('U16 keeps an absent UDP checksum absent, and a computed zero 0xffff', () => {
    if (family === 4) {
      const nat = createNat();
      const sent = buildUdp({ from, to: dialled, checksum: 'absent', payload: payloadOf(7) });
      const left = parsePacket(bytesOf(nat.send(sent, route)));
      expect(left.checksum).toBe(0);
      const answer = buildUdp({ from: real, to: left.from, checksum: 'absent' });
      expect(parsePacket(bytesOf(nat.receive(answer))).checksum).toBe(0);
    }
    // A payload that equals the checksum over a payload of zeros makes the sum come out as zero: here on either side.
    for (const side of ['outside', 'inside']) {
      const nat = createNat();
      const leave = (payload: Uint8Array) => {
        const sent = buildUdp({ from, to: dialled, payload });
        return {
          sent: parsePacket(sent).checksum,
          left: parsePacket(bytesOf(nat.send(sent, route))).checksum,
        };
      };
      const blank = leave(Uint8Array.of(0, 0));
      const word = side === 'outside' ? blank.left : blank.sent;
      const sums = leave(Uint8Array.of(word >> 8, word & 255));
      expect(side === 'outside' ? sums.left : sums.sent).toBe(0xffff);
    }
  });

  test.each(['tcp', 'udp'] as const)('F13 keeps a partial checksum partial: %s', (protocol) => {
    const nat = createNat();
    const transportAt = family === 4 ? 20 : 40;
    const checksumAt = protocol === 'tcp' ? 16 : 6;
    const make = protocol === 'tcp' ? buildTcp : buildUdp;
    const payload = payloadOf(101);
    const sent = make({ from, to: dialled, payload, checksum: 'partial' });
    const left = bytesOf(nat.send(sent, { ...route, partial: true }));
    const finished = finishPartialChecksum(left, transportAt, checksumAt);
    const outside = parsePacket(finished);
    expect(outside.to).toBe(real);
    expect(finished).toEqual(make({ from: outside.from, to: real, payload }));
    const answer = make({ from: real, to: outside.from, payload, checksum: 'partial' });
    const back = bytesOf(nat.receive(answer, true));
    expect(finishPartialChecksum(back, transportAt, checksumAt)).toEqual(
      make({ from: dialled, to: from, payload }),
    );
  });

  test('U16 never repairs a wrong checksum', () => {
    for (const protocol of PROTOCOLS) {
      const nat = createNat();
      const sent = build(protocol, from, dialled, { payload: payloadOf(40) });
      const last = sent.length - 1;
      sent[last] = (sent[last] ?? 0) ^ 0x10;
      const left = bytesOf(nat.send(sent, route));
      expect(() => parsePacket(left)).toThrow('checksum');
      left[last] = (left[last] ?? 0) ^ 0x10;
      expect(parsePacket(left).payload).toEqual(payloadOf(40));
    }
  });
});

describe('Translator', () => {
  const { client, inner, remote, otherRemote, egress, otherEgress } = STORY[4];
  const route = { remote, egress, lease: 5 };
  const ends = { from: `${client}:40000`, to: `${inner}:443` };

  /** Opens a TCP connection and lets segments such as `>FA` (from the client) and `<FA` pass; the flow's outside end. */
  function talk(nat: NatFixture, ...segments: string[]): string {
    let outside = '';
    for (const segment of ['>S', ...segments]) {
      const flags = segment.slice(1);
      if (segment.startsWith('>')) {
        outside = parsePacket(bytesOf(nat.send(buildTcp({ ...ends, flags }), route))).from;
      } else {
        // Who resets says what he has had: the SYN, whose number is 1.
        const acknowledgment = flags === 'RA' ? 2 : 0;
        bytesOf(nat.receive(buildTcp({ from: `${remote}:443`, to: outside, flags, acknowledgment })));
      }
    }
    return outside;
  }

  /** Whether the flow lives at the second before and at the second of its deadline, when nothing more comes. */
  function livesUntil(nat: NatFixture, packet: Uint8Array, deadline: number): [boolean, boolean] {
    nat.translator.advance(deadline - 1);
    const before = nat.flowOf(packet) !== -1;
    nat.translator.advance(deadline);
    return [before, nat.flowOf(packet) !== -1];
  }

  test.each([
    { row: 'P2', name: 'a half-open connection', segments: [], seconds: 240 },
    { row: 'T5', name: 'an established connection', segments: ['<SA', '>A'], seconds: 7440 },
    { row: 'T5', name: 'a half-closed connection', segments: ['<SA', '>A', '<FA'], seconds: 7440 },
    { row: 'P2', name: 'a closed connection', segments: ['<SA', '>FA', '<FA', '>A'], seconds: 240 },
    { row: 'P3', name: 'a reset connection', segments: ['<SA', '>A', '<R'], seconds: 240 },
  ])('$row keeps $name for $seconds s', ({ segments, seconds }) => {
    const nat = createNat();
    talk(nat, ...segments);
    expect(livesUntil(nat, buildTcp(ends), seconds)).toEqual([true, false]);
    expect([nat.closed, nat.translator.flows.size]).toEqual([[5], 0]);
  });

  test('T5 X7 counts the idle time from the last packet, either way', () => {
    const nat = createNat();
    const outside = talk(nat, '<SA', '>A');
    nat.translator.advance(7000);
    bytesOf(nat.receive(buildTcp({ from: `${remote}:443`, to: outside })));
    nat.translator.advance(14_000);
    bytesOf(nat.send(buildTcp(ends), route));
    expect(livesUntil(nat, buildTcp(ends), 14_000 + 7440)).toEqual([true, false]);
  });

  test('T5 shortens the time of a connection that ends after a long life', () => {
    const nat = createNat();
    const outside = talk(nat, '<SA', '>A');
    nat.translator.advance(5000);
    bytesOf(nat.receive(buildTcp({ from: `${remote}:443`, to: outside, flags: 'RA' })));
    expect(livesUntil(nat, buildTcp(ends), 5240)).toEqual([true, false]);
  });

  test.each([
    { row: 'U6', name: 'UDP', packet: buildUdp(ends), seconds: 300 },
    { row: 'I2', name: 'echo', packet: buildEcho({ from: client, to: inner, identifier: 9 }), seconds: 60 },
  ])('$row keeps $name for $seconds s', ({ packet, seconds }) => {
    const nat = createNat();
    nat.send(packet, route);
    expect(livesUntil(nat, packet, seconds)).toEqual([true, false]);
  });

  test('U7 refreshes UDP by packets of the one that was called, not by those of strangers', () => {
    const nat = createNat();
    const sent = buildUdp(ends);
    const outside = parsePacket(bytesOf(nat.send(sent, route))).from;
    nat.translator.advance(200);
    expect(nat.receive(buildUdp({ from: `${otherRemote}:443`, to: outside }))).toBe('no-flow-outside');
    bytesOf(nat.receive(buildUdp({ from: `${remote}:443`, to: outside })));
    expect(livesUntil(nat, sent, 500)).toEqual([true, false]);
  });

  test('FL-38 ends everything that is due after a long pause', () => {
    const nat = createNat({ capacity: 100 });
    for (let port = 2000; port < 2100; port++)
      nat.send(buildUdp({ from: `${client}:${port}`, to: ends.to }), route);
    nat.translator.advance(1_000_000);
    expect([nat.translator.flows.size, nat.closed.length]).toEqual([0, 100]);
  });

  test.each([
    { name: 'both said FIN', segments: ['<SA', '>A', '>FA', '<FA', '>A'] },
    { name: 'the server reset it', segments: ['<SA', '>A', '<RA'] },
    { name: 'it was refused', segments: ['<RA'] },
  ])('X2 opens another flow for a new SYN once $name', ({ segments }) => {
    const nat = createNat();
    talk(nat, ...segments);
    const again = nat.send(buildTcp({ ...ends, flags: 'S', sequence: 77 }), {
      remote: otherRemote,
      egress: otherEgress,
      egressIndex: 1,
      lease: 6,
    });
    expect(parsePacket(bytesOf(again)).to).toBe(`${otherRemote}:443`);
    expect([nat.closed, nat.translator.flows.size]).toEqual([[5], 1]);
  });

  test.each([
    {
      name: 'a connection whose SYN was refused by somebody who has not seen it',
      segments: ['<R'],
      flags: 'S',
    },
    { name: 'an established connection', segments: ['<SA', '>A'], flags: 'S' },
    { name: 'a half-closed connection', segments: ['<SA', '>A', '>FA'], flags: 'S' },
    { name: 'a closed connection, for an ACK', segments: ['<SA', '>FA', '<FA'], flags: 'A' },
    { name: 'a closed connection, for a SYN-ACK', segments: ['<SA', '>FA', '<FA'], flags: 'SA' },
  ])('X1 X3 stays with $name', ({ segments, flags }) => {
    const nat = createNat();
    const outside = talk(nat, ...segments);
    const left = parsePacket(
      bytesOf(nat.send(buildTcp({ ...ends, flags }), { remote: otherRemote, egress })),
    );
    expect([left.from, left.to, nat.closed]).toEqual([outside, `${remote}:443`, []]);
  });

  test('P7 is not kept alive by resets that a client sends to what still comes in', () => {
    const nat = createNat();
    talk(nat, '<SA', '>A', '<RA');
    for (let second = 10; second < 240; second += 10) {
      nat.translator.advance(second);
      bytesOf(nat.send(buildTcp({ ...ends, flags: 'R' }), route));
    }
    expect(livesUntil(nat, buildTcp(ends), 240)).toEqual([true, false]);
  });

  test('P3 X3 keeps its time after a forged reset that stopped nobody', () => {
    const nat = createNat();
    talk(nat, '<SA', '>A', '<R', '>A');
    expect(livesUntil(nat, buildTcp(ends), 7440)).toEqual([true, false]);
  });

  test('G8 frees the port of a cleanly closed connection at once, and lets any other rest', () => {
    for (const [segments, rests] of [
      [['<SA', '>FA', '<FA', '>A'], false],
      [['<SA', '>A', '<RA'], true],
      [['<SA', '>FA', '<FA', '<R'], true],
      [['<SA', '>A'], true],
    ] as const) {
      const nat = createNat();
      nat.translator.ports.restrict(0, [[5000, 5000]]);
      expect(talk(nat, ...segments)).toBe(`${egress}:5000`);
      const other = buildTcp({ from: '10.64.0.9:7', to: ends.to, flags: 'S' });
      expect(nat.send(other, route)).toBe('ports-exhausted');
      nat.translator.advance(10_000);
      expect(nat.send(other, route) === 'ports-exhausted').toBe(rests);
      nat.translator.advance(10_120);
      if (rests) expect(nat.send(other, route)).toBeInstanceOf(Uint8Array);
    }
  });

  test('U1 keeps a port while one flow of its mapping lives', () => {
    const nat = createNat();
    nat.translator.ports.restrict(0, [[5000, 5000]]);
    const first = buildUdp(ends);
    const second = buildUdp({ ...ends, to: '100.80.7.7:53' });
    nat.send(first, route);
    nat.send(second, { remote: otherRemote, egress });
    nat.translator.close(nat.flowOf(first), 'egress-lost');
    nat.translator.advance(150); // longer than a port would rest
    expect(nat.send(buildUdp({ from: '10.64.0.9:7', to: ends.to }), route)).toBe('ports-exhausted');
    nat.translator.close(nat.flowOf(second), 'egress-lost');
    nat.translator.advance(270);
    expect(nat.send(buildUdp({ from: '10.64.0.9:7', to: ends.to }), route)).toBeInstanceOf(Uint8Array);
  });

  test('P11 ends the mapping of an echo 60 seconds after its last one', () => {
    const nat = createNat();
    nat.translator.ports.restrict(0, [[5000, 5000]]);
    const first = buildEcho({ from: client, to: inner, identifier: 9 });
    const other = buildEcho({ from: '10.64.0.9', to: inner, identifier: 9 });
    nat.send(first, route);
    nat.translator.advance(50);
    nat.send(first, route);
    nat.translator.advance(105);
    expect(nat.send(other, route)).toBe('ports-exhausted');
    // Its end, and the rest of its identifier.
    nat.translator.advance(112);
    nat.translator.advance(112 + 120);
    expect(nat.send(other, route)).toBeInstanceOf(Uint8Array);
  });

  test('G11 refuses a flow too many and leaves the others alone', () => {
    const nat = createNat({ capacity: 2 });
    const packets = [1, 2, 3].map((port) => buildUdp({ from: `${client}:${port}`, to: ends.to }));
    const results = packets.map((packet) => nat.send(packet, route));
    expect(results[2]).toBe('flows-exhausted');
    expect(packets.map(nat.flowOf)).toEqual([0, 1, -1]);
    nat.translator.close(0, 'egress-lost');
    expect(nat.send(packets[2] ?? new Uint8Array(0), route)).toBeInstanceOf(Uint8Array);
  });

  test('G11 P5 opens nothing and leaks no record when the ports are exhausted', () => {
    const nat = createNat({ capacity: 3 });
    nat.translator.ports.restrict(0, [[5000, 5000]]);
    nat.send(buildUdp({ ...ends, from: `${client}:1` }), route);
    for (let port = 2; port < 20; port++) {
      expect(nat.send(buildUdp({ ...ends, from: `${client}:${port}` }), route)).toBe('ports-exhausted');
    }
    expect(nat.translator.flows.size).toBe(1);
  });

  test('I1 opens no flow for an echo reply that nobody asked for', () => {
    const nat = createNat();
    const reply = buildEcho({ from: client, to: inner, identifier: 3, reply: true });
    expect(nat.send(reply, route)).toBe('icmp-type-unsupported');
    expect(nat.translator.flows.size).toBe(0);
  });

  test('U11 leaves addresses inside the payload alone', () => {
    const nat = createNat();
    const payload = new TextEncoder().encode(
      'INVITE sip:bob@10.64.0.2:40000\r\nContact: <sip:10.64.0.2:40000>',
    );
    const left = bytesOf(nat.send(buildUdp({ ...ends, to: `${inner}:5060`, payload }), route));
    expect(parsePacket(left).payload).toEqual(payload);
  });

  test('X8 leaves TCP options alone', () => {
    const nat = createNat();
    const tcpOptions = [2, 4, 5, 0xb4, 34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1];
    const left = bytesOf(
      nat.send(buildTcp({ ...ends, flags: 'S', tcpOptions, payload: payloadOf(9) }), route),
    );
    expect([...left.subarray(40, 56)]).toEqual(tcpOptions);
    expect(parsePacket(left).payload).toEqual(payloadOf(9));
  });

  test('FL-37 comes back to nothing after rounds of many flows', () => {
    const nat = createNat({ capacity: 2000 });
    for (let round = 0; round < 3; round++) {
      const start = round * 100_000;
      nat.translator.advance(start);
      for (let port = 1; port <= 2000; port++) {
        bytesOf(nat.send(buildUdp({ from: `${client}:${port}`, to: ends.to }), route));
      }
      expect(nat.translator.flows.isFull).toBe(true);
      nat.translator.advance(start + 300);
      expect(nat.translator.flows.size).toBe(0);
    }
    expect(nat.translator.flows.highestId).toBe(2000);
    const view = decoded(buildUdp(ends));
    expect(nat.translator.ports.poolOf(0, view.addresses, 0, 17).inUse).toBe(0);
  });
});
