/** ICMP errors through the whole datapath; what becomes of the quoted packet is told in test/nat/icmp-error.test.ts. */
import { describe, expect, test } from 'vitest';
import { joinEndpoint } from '../../support/address-text.ts';
import { buildEcho, buildIcmpError, payloadOf } from '../../support/build-packet.ts';
import { buildReply, buildRequest, PROTOCOLS, type Protocol } from '../../support/client-packets.ts';
import { parsePacket, parseQuote } from '../../support/parse-packet.ts';
import { FAMILIES, PARTIES, tellStory } from '../../support/story.ts';

const HOST_UNREACHABLE = { 4: { type: 3, code: 1 }, 6: { type: 1, code: 3 } };
const TIME_EXCEEDED = { 4: { type: 11 }, 6: { type: 3 } };

describe.each(FAMILIES)('Datapath, IPv%i', (family) => {
  const party = PARTIES[family];
  const onTheWay = family === 4 ? '192.0.2.254' : '2001:db8:2::fe';
  const fromAlice = joinEndpoint(party.alice, 40_000);
  const bank = joinEndpoint(party.bank, 443);

  function begin(protocol: Protocol) {
    const gateway = tellStory();
    const [frame] = gateway.send(buildRequest(protocol, fromAlice, bank, { payload: payloadOf(40) })).wan;
    if (frame === undefined) throw new Error('Cannot go on: nothing left');
    return { gateway, left: frame.packet };
  }

  describe.each(PROTOCOLS)('%s', (protocol) => {
    const quoted =
      protocol === 'echo'
        ? { from: party.alice, to: party.bank, identifier: 40_000 }
        : { from: fromAlice, to: bank };

    test.each([
      ['the server, which becomes the synthetic address', party.server, party.bank],
      ['a router, which stays itself', onTheWay, onTheWay],
    ])('takes an error to the client from %s (I4, U13)', (_who, from, seen) => {
      const { gateway, left } = begin(protocol);
      const error = buildIcmpError({ from, to: party.bankEgress, ...TIME_EXCEEDED[family], quote: left });
      const { clients, wan } = gateway.receive('wan', error);
      const [packet = new Uint8Array()] = clients;
      expect(parsePacket(packet)).toMatchObject({ from: seen, to: party.alice, ...TIME_EXCEEDED[family] });
      expect(parseQuote(parsePacket(packet).payload)).toMatchObject(quoted);
      expect(wan).toEqual([]);
      expect(gateway.counters.read('packetsIn')).toBe(1);
    });

    test.each([
      ['the client itself', party.alice],
      ['another client', party.bob],
      ['the synthetic address', party.bank],
      ['another synthetic address', party.unknown],
      ['the egress address', party.bankEgress],
      ['the host, on its uplink', family === 4 ? '203.0.113.2' : '2001:db8:9::2'],
      ['the host, on the on-ramp', family === 4 ? '10.64.0.1' : 'fd00:64::1'],
    ])('drops an error from the internet that claims to come from %s (R5, A1)', (_who, from) => {
      const { gateway, left } = begin(protocol);
      const error = buildIcmpError({ from, to: party.bankEgress, ...TIME_EXCEEDED[family], quote: left });
      expect(gateway.receive('wan', error)).toMatchObject({ wan: [], clients: [] });
      expect(gateway.counters.drops()).toEqual({ 'ip-martian': 1 });
    });

    test("takes a client's error to the server, from that flow's egress address and no other (I5)", () => {
      const { gateway, left } = begin(protocol);
      const [received] = gateway.receive('wan', buildReply(parsePacket(left))).clients;
      const quote = received ?? new Uint8Array();
      const { wan } = gateway.send(
        buildIcmpError({ from: party.alice, to: party.bank, ...HOST_UNREACHABLE[family], quote }),
      );
      const [frame] = wan;
      const error = parsePacket(frame?.packet ?? new Uint8Array());
      expect(error).toMatchObject({ from: party.bankEgress, to: party.server, ...HOST_UNREACHABLE[family] });
      expect(parseQuote(error.payload)).toMatchObject({
        from: protocol === 'echo' ? party.server : parsePacket(left).to,
        to: protocol === 'echo' ? party.bankEgress : parsePacket(left).from,
      });
    });

    test('drops an error about a packet that never left (I4)', () => {
      const { gateway, left } = begin(protocol);
      gateway.advance(10_000_000);
      const error = buildIcmpError({
        from: onTheWay,
        to: party.bankEgress,
        ...TIME_EXCEEDED[family],
        quote: left,
      });
      expect(gateway.receive('wan', error)).toMatchObject({ wan: [], clients: [] });
      expect(gateway.counters.drops()).toMatchObject({ 'icmp-error-unmatched': 1 });
    });
  });

  test("drops an error from a source that is no client's (FL-20)", () => {
    const { gateway, left } = begin('udp');
    const [received] = gateway.receive('wan', buildReply(parsePacket(left))).clients;
    const quote = received ?? new Uint8Array();
    const forged = { from: party.spoofed, to: party.bank, ...HOST_UNREACHABLE[family], quote };
    expect(gateway.send(buildIcmpError(forged))).toMatchObject({ wan: [], clients: [] });
    expect(gateway.counters.drops()).toEqual({ 'source-not-client': 1 });
  });

  test('I1 carries no echo reply of a client, not even with the identifier 0 that an echo of it has', () => {
    const gateway = tellStory();
    const echo = { from: party.alice, to: party.bank, identifier: 0 };
    expect(gateway.send(buildEcho(echo)).wan).toHaveLength(1);
    expect(gateway.send(buildEcho({ ...echo, reply: true }))).toMatchObject({ wan: [], clients: [] });
    expect(gateway.counters.drops()).toEqual({ 'icmp-type-unsupported': 1 });
  });

  test('answers no error with an error (R3)', () => {
    const { gateway } = begin('udp');
    const quote = buildRequest('udp', joinEndpoint(party.unknown, 9), fromAlice);
    const error = { from: party.alice, to: party.unknown, ...HOST_UNREACHABLE[family], quote };
    expect(gateway.send(buildIcmpError(error))).toMatchObject({ wan: [], clients: [] });
    expect(gateway.counters.drops()).toEqual({ 'icmp-error-unmatched': 1 });
  });

  test.each(family === 4 ? [4, 5, 9, 10, 13, 17] : [130, 133, 134, 137, 139])(
    'carries no ICMP of type %i either way (I10, R7)',
    (type) => {
      const { gateway, left } = begin('udp');
      const outward = buildIcmpError({ from: party.alice, to: party.bank, type, quote: left });
      const inward = buildIcmpError({ from: party.server, to: party.bankEgress, type, quote: left });
      expect(gateway.send(outward)).toMatchObject({ wan: [], clients: [] });
      expect(gateway.receive('wan', inward)).toMatchObject({ wan: [], clients: [] });
      expect(gateway.counters.drops()).toEqual({ 'icmp-type-unsupported': 2 });
    },
  );
});
