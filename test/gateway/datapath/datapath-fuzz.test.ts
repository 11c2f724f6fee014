/** Whatever comes in, only egress addresses go out and only clients are spoken to (FL-05 to FL-08). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressText, joinEndpoint } from '../../support/address-text.ts';
import { buildIcmpError, buildIp, fixIpv4Checksum, payloadOf } from '../../support/build-packet.ts';
import { buildReply, buildRequest, PROTOCOLS } from '../../support/client-packets.ts';
import type { DatapathFixture, Outcome } from '../../support/datapath-fixture.ts';
import { askNeighbour } from '../../support/neighbour-frames.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { FAMILIES, PARTIES, tellStory } from '../../support/story.ts';

const ALLOWED_SOURCES = /^(203\.0\.113\.(9|10)|198\.51\.100\.(1|20)|2001:db8:9:.*|2001:db8:1::[12])$/;
const FORBIDDEN_DESTINATIONS =
  /^(10\.|127\.|100\.(6[4-9]|[789]\d|1[01]\d|12[0-7])\.|f[cd]|2606:4700:cf1:4000:)/;
const CLIENTS = /^(10\.64\.0\.\d+|fd00:64:.*)$/;

function addressesOf(packet: Uint8Array): { source: string; destination: string } {
  const [from, bytes] = (packet[0] ?? 0) >> 4 === 4 ? [12, 4] : [8, 16];
  return {
    source: addressText(packet.subarray(from, from + bytes)),
    destination: addressText(packet.subarray(from + bytes, from + 2 * bytes)),
  };
}

/** Anything that leaves, and anything a client hears. */
function judge({ wan, spare, clients }: Outcome, fed: number): void {
  expect(wan.length + spare.length + clients.length).toBeLessThanOrEqual(fed);
  for (const { packet } of [...wan, ...spare]) {
    const { source, destination } = addressesOf(packet);
    expect(source).toMatch(ALLOWED_SOURCES);
    expect(destination).not.toMatch(FORBIDDEN_DESTINATIONS);
  }
  for (const packet of clients) expect(addressesOf(packet).destination).toMatch(CLIENTS);
}

/** Bytes are flipped, the end is cut off, and now and then the header checksum is made right again. */
const damage = fc.record({
  flips: fc.array(fc.record({ at: fc.nat({ max: 90 }), byte: fc.nat({ max: 255 }) }), { maxLength: 4 }),
  keep: fc.option(fc.nat({ max: 120 }), { freq: 4 }),
  isRepaired: fc.boolean(),
});

function apply(
  packet: Uint8Array,
  { flips, keep, isRepaired }: typeof damage extends fc.Arbitrary<infer T> ? T : never,
) {
  const damaged = packet.slice(0, keep ?? packet.length);
  for (const { at, byte } of flips) if (at < damaged.length) damaged[at] = byte;
  const isWhole = damaged.length >= 20 && (damaged[0] ?? 0) === 0x45;
  return isRepaired && isWhole ? fixIpv4Checksum(damaged) : damaged;
}

/** Packets of every kind that a client sends, and the frames that answer them. */
function corpusOf(gateway: DatapathFixture): { outward: Uint8Array[]; inward: Uint8Array[] } {
  const outward: Uint8Array[] = [];
  const inward: Uint8Array[] = [];
  for (const family of FAMILIES) {
    const { alice, bob, bank, unknown, server, otherServer, bankEgress, spoofed } = PARTIES[family];
    for (const protocol of PROTOCOLS) {
      const request = buildRequest(protocol, joinEndpoint(alice, 40_000), joinEndpoint(bank, 443));
      const [frame] = gateway.send(request).wan;
      const left = frame?.packet ?? new Uint8Array();
      inward.push(buildReply(parsePacket(left)));
      inward.push(
        buildIcmpError({ from: otherServer, to: bankEgress, type: family === 4 ? 11 : 3, quote: left }),
      );
      outward.push(request, buildRequest(protocol, joinEndpoint(bob, 7), joinEndpoint(server, 80)));
      outward.push(buildRequest(protocol, joinEndpoint(spoofed, 7), joinEndpoint(unknown, 80)));
    }
    outward.push(
      buildIcmpError({
        from: alice,
        to: bank,
        type: family === 4 ? 3 : 1,
        code: 1,
        quote: inward[0] ?? payloadOf(40),
      }),
    );
    outward.push(buildIp(alice, server, 132, payloadOf(30)));
    inward.push(askNeighbour(bankEgress, { address: server, mac: '02:00:00:00:00:09' }).packet);
  }
  return { outward, inward };
}

describe('Datapath', () => {
  const gateway = tellStory({ flowCapacity: 4096 });
  const { outward, inward } = corpusOf(gateway);

  test('sends nothing from an inner source, whatever clients send', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...outward), damage), { minLength: 1, maxLength: 8 }),
        (picked) => {
          gateway.advance(1);
          judge(gateway.send(...picked.map(([packet, harm]) => apply(packet, harm))), picked.length);
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('carries to clients only, whatever comes from an uplink', () => {
    const etherTypes = fc.constantFrom(0x0800, 0x86dd, 0x0806, 0x1234, 0);
    const frame = fc.tuple(fc.constantFrom(...inward), damage, fc.option(etherTypes, { freq: 3 }));
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 8 }), (picked) => {
        const frames = picked.map(([packet, harm, etherType]) => ({
          packet: apply(packet, harm),
          ...(etherType === null ? {} : { etherType }),
        }));
        const outcome = gateway.receive('wan', ...frames);
        judge(outcome, picked.length);
        expect([...outcome.wan, ...outcome.spare]).toEqual([]);
        for (const { etherType, packet } of gateway.takeOwn('wan'))
          if (etherType === 0x0800) expect(addressesOf(packet).source).toMatch(ALLOWED_SOURCES);
      }),
      { numRuns: 1500 },
    );
  });

  test('takes any bytes for what they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        judge(gateway.send(bytes), 1);
        judge(gateway.receive('wan', bytes), 1);
        gateway.takeOwn('wan');
      }),
      { numRuns: 1000 },
    );
  });

  test('still works after all that', () => {
    const { alice, bank } = PARTIES[4];
    gateway.answerNextHops();
    const { wan } = gateway.send(buildRequest('tcp', joinEndpoint(alice, 50_000), joinEndpoint(bank, 443)));
    expect(wan).toHaveLength(1);
  });
});
