import { describe, expect, test } from 'vitest';
import { joinEndpoint } from '../../support/address-text.ts';
import { buildTcp, buildUdp, finishPartialChecksum, payloadOf } from '../../support/build-packet.ts';
import {
  buildReply,
  buildRequest,
  destinationOf,
  PROTOCOLS,
  type Protocol,
  sourceOf,
} from '../../support/client-packets.ts';
import { NEXT_HOP_MAC, type SentFrame } from '../../support/datapath-fixture.ts';
import { type ParsedPacket, parsePacket } from '../../support/parse-packet.ts';
import { BANK_RULE, makeLease } from '../../support/policy-fixture.ts';
import { BANK_SLOT, FAMILIES, PARTIES, tellStory } from '../../support/story.ts';

function only<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined || items.length !== 1)
    throw new Error(`Cannot go on: ${items.length} instead of one`);
  return item;
}

function parseOnly(frames: readonly SentFrame[]): ParsedPacket {
  return parsePacket(only(frames).packet);
}

describe.each(FAMILIES)('Datapath, IPv%i', (family) => {
  const party = PARTIES[family];
  const fromAlice = joinEndpoint(party.alice, 40_000);
  const fromBob = joinEndpoint(party.bob, 40_000);
  const bank = joinEndpoint(party.bank, 443);

  describe.each(PROTOCOLS)('%s', (protocol: Protocol) => {
    test('sends from the address that policy gives this user for this name, to the real address (S6)', () => {
      const gateway = tellStory();
      const { wan, spare, clients } = gateway.send(buildRequest(protocol, fromAlice, bank));
      const left = parseOnly(wan);
      expect(sourceOf(left).address).toBe(party.bankEgress);
      expect(sourceOf(left).port).toBeGreaterThanOrEqual(1024);
      expect(destinationOf(left)).toBe(party.server);
      expect([...spare, ...clients]).toEqual([]);
    });

    test('sends another user to the same name from the default address', () => {
      const gateway = tellStory();
      const left = parseOnly(gateway.send(buildRequest(protocol, fromBob, bank)).wan);
      expect(sourceOf(left).address).toBe(party.defaultEgress);
      expect(destinationOf(left)).toBe(party.server);
    });

    test('brings the reply back from the synthetic address, to the very client and port', () => {
      const gateway = tellStory();
      const request = buildRequest(protocol, fromAlice, bank);
      const left = parseOnly(gateway.send(request).wan);
      const { clients, wan } = gateway.receive('wan', buildReply(left, { payload: payloadOf(21) }));
      const back = parsePacket(only(clients));
      expect(back.from).toBe(protocol === 'echo' ? party.bank : bank);
      expect(back.to).toBe(protocol === 'echo' ? party.alice : fromAlice);
      expect(back.payload).toEqual(payloadOf(21));
      expect(wan).toEqual([]);
      if (protocol === 'echo') expect(back.rest >>> 16).toBe(40_000);
    });

    test('tells two names on one real address apart, and takes each reply back', () => {
      const gateway = tellStory();
      const { wan } = gateway.send(
        buildRequest(protocol, fromAlice, bank),
        buildRequest(protocol, fromAlice, joinEndpoint(party.shop, 443)),
      );
      const [toBank, toShop] = wan.map(({ packet }) => parsePacket(packet));
      if (toBank === undefined || toShop === undefined) throw new Error('Cannot go on: packets are missing');
      expect([toBank, toShop].map((left) => sourceOf(left).address)).toEqual([
        party.bankEgress,
        party.defaultEgress,
      ]);
      expect([toBank, toShop].map(destinationOf)).toEqual([party.server, party.server]);
      const { clients } = gateway.receive('wan', buildReply(toShop), buildReply(toBank));
      const senders = clients.map((packet) => sourceOf(parsePacket(packet)).address);
      expect(senders).toEqual([party.shop, party.bank]);
    });

    test('tells two names apart that are one real endpoint under one egress address', () => {
      const gateway = tellStory({ rules: [] });
      const { wan } = gateway.send(
        buildRequest(protocol, fromAlice, bank),
        buildRequest(protocol, fromAlice, joinEndpoint(party.shop, 443)),
      );
      const lefts = wan.map(({ packet }) => parsePacket(packet));
      const { clients } = gateway.receive('wan', ...lefts.map((left) => buildReply(left)));
      const senders = clients.map((packet) => sourceOf(parsePacket(packet)).address);
      expect(senders).toEqual([party.bank, party.shop]);
    });

    test('holds a literal destination against the rules for addresses, and no hostname rule (S7)', () => {
      const rules = [
        BANK_RULE,
        {
          name: 'by-address',
          traffic: `any(net.dst.ip[*] in {${party.otherServer}})`,
          ipv4: '203.0.113.10',
          fallback: '203.0.113.9',
          ipv6: '2001:db8:1::2/128',
        },
      ];
      const gateway = tellStory({ rules });
      const literal = (address: string) =>
        parseOnly(gateway.send(buildRequest(protocol, fromAlice, joinEndpoint(address, 443))).wan);
      expect(sourceOf(literal(party.server)).address).toBe(party.defaultEgress);
      const matched = literal(party.otherServer);
      expect(sourceOf(matched).address).toBe(family === 4 ? '203.0.113.10' : '2001:db8:1::2');
      const back = gateway.receive('wan', buildReply(matched));
      expect(sourceOf(parsePacket(only(back.clients))).address).toBe(party.otherServer);
    });

    test('keeps a flow as it was born, whatever policy says later, while new flows obey it (S9)', () => {
      const gateway = tellStory();
      const before = parseOnly(gateway.send(buildRequest(protocol, fromAlice, bank)).wan);
      gateway.setPolicy([]);
      const after = parseOnly(gateway.send(buildRequest(protocol, fromAlice, bank)).wan);
      expect(sourceOf(after)).toEqual(sourceOf(before));
      const fresh = buildRequest(protocol, joinEndpoint(party.alice, 40_001), bank);
      expect(sourceOf(parseOnly(gateway.send(fresh).wan)).address).toBe(party.defaultEgress);
      gateway.setPolicy([{ name: 'nobody', traffic: '', blocks: true }]);
      expect(sourceOf(parseOnly(gateway.send(fresh).wan)).address).toBe(party.defaultEgress);
    });

    test('finds a lease that is posted but not fetched yet', () => {
      const gateway = tellStory();
      const real = { ipv4: [PARTIES[4].otherServer], ipv6: [PARTIES[6].otherServer] };
      gateway.post({ type: 'lease', lease: makeLease(0x999, 'new.example.com', real) });
      const fresh = buildRequest(protocol, fromAlice, joinEndpoint(party.unknown, 80));
      expect(destinationOf(parseOnly(gateway.send(fresh).wan))).toBe(party.otherServer);
    });

    test('goes on with a flow whose lease is gone, and opens no new one to it', () => {
      const gateway = tellStory();
      gateway.send(buildRequest(protocol, fromAlice, bank));
      gateway.post({ type: 'lease-gone', slot: BANK_SLOT });
      gateway.fetch();
      expect(gateway.send(buildRequest(protocol, fromAlice, bank)).wan).toHaveLength(1);
      expect(gateway.send(buildRequest(protocol, fromBob, bank)).wan).toEqual([]);
      expect(gateway.counters.drops()).toEqual({ 'synthetic-unknown': 1 });
    });
  });

  test('gives frames the MAC of the next hop, its own MAC and the EtherType', () => {
    const frame = only(tellStory().send(buildRequest('tcp', fromAlice, bank)).wan);
    const etherType = family === 4 ? 0x0800 : 0x86dd;
    expect(frame).toMatchObject({ destination: NEXT_HOP_MAC, source: '02:00:00:00:00:01', etherType });
  });

  test('sends every retry of a SYN alike (X1)', () => {
    const gateway = tellStory();
    const syn = buildRequest('tcp', fromAlice, bank);
    const first = only(gateway.send(syn).wan);
    gateway.setPolicy([]);
    for (const pause of [1000, 2000, 4000, 8000]) {
      gateway.advance(pause);
      gateway.answerNextHops();
      expect(only(gateway.send(syn).wan).packet).toEqual(first.packet);
    }
    expect(gateway.counters.read('flowsOpened')).toBe(1);
  });

  test('passes a super-packet whole both ways, its partial checksum and header kept right', () => {
    const gateway = tellStory();
    const payload = payloadOf(60_000);
    const transportAt = family === 4 ? 20 : 40;
    // NEEDS_CSUM, TCPv4 or TCPv6, header length, segment size, checksum start and offset; little-endian.
    const vnet = Uint8Array.of(1, family === 4 ? 1 : 4, transportAt + 20, 0, 0xa0, 5, transportAt, 0, 16, 0);
    gateway.send(buildRequest('tcp', fromAlice, bank));
    const packet = buildTcp({ from: fromAlice, to: bank, flags: 'A', payload, checksum: 'partial' });
    const frame = only(gateway.send({ packet, vnet }).wan);
    expect(frame.vnet).toEqual(vnet);
    const left = parsePacket(finishPartialChecksum(frame.packet, transportAt, 16));
    expect(left.payload).toEqual(payload);
    expect(sourceOf(left).address).toBe(party.bankEgress);
    const reply = buildTcp({ from: left.to, to: left.from, flags: 'A', payload, checksum: 'partial' });
    const { clients, clientVnets } = gateway.receive('wan', { packet: reply, vnet });
    expect(only(clientVnets)).toEqual(vnet);
    const back = parsePacket(finishPartialChecksum(only(clients), transportAt, 16));
    expect(back).toMatchObject({ from: bank, to: fromAlice, payload });
  });

  test('cuts off what an Ethernet frame was padded with', () => {
    const gateway = tellStory();
    const left = parseOnly(gateway.send(buildRequest('udp', fromAlice, bank)).wan);
    const reply = buildReply(left);
    const { clients } = gateway.receive('wan', Uint8Array.of(...reply, ...new Uint8Array(18)));
    expect(only(clients)).toHaveLength(reply.length);
  });

  test('counts packets and bytes each way, flows, and the flows of a lease', () => {
    const gateway = tellStory();
    const request = buildRequest('udp', fromAlice, bank, { payload: payloadOf(100) });
    const left = parseOnly(gateway.send(request).wan);
    gateway.send(request);
    const reply = buildReply(left, { payload: payloadOf(7) });
    gateway.receive('wan', reply);
    gateway.advance(0);
    const read = (
      ['packetsOut', 'bytesOut', 'packetsIn', 'bytesIn', 'flowsOpened', 'flowsLive'] as const
    ).map((name) => gateway.counters.read(name));
    expect(read).toEqual([2, 2 * request.length, 1, reply.length, 1, 1]);
    expect(gateway.leaseUse.openFlows(BANK_SLOT)).toBe(1);
    gateway.advance(301_000);
    expect(gateway.leaseUse.openFlows(BANK_SLOT)).toBe(0);
    expect(gateway.counters.read('flowsLive')).toBe(0);
  });

  test('keeps what belongs to one packet of a batch from the next', () => {
    const gateway = tellStory();
    const { wan, clients } = gateway.send(
      buildRequest('tcp', fromAlice, bank),
      buildRequest('tcp', fromAlice, joinEndpoint(party.unknown, 443)),
      Uint8Array.of(0x45),
      buildRequest('udp', fromBob, bank),
      buildRequest('tcp', joinEndpoint(party.spoofed, 1), bank),
      buildRequest('echo', fromAlice, bank),
    );
    expect(wan.map(({ packet }) => sourceOf(parsePacket(packet)).address)).toEqual([
      party.bankEgress,
      party.defaultEgress,
      party.bankEgress,
    ]);
    expect(parsePacket(only(clients))).toMatchObject({ flags: 'RA', from: joinEndpoint(party.unknown, 443) });
    expect(gateway.counters.drops()).toEqual({
      'synthetic-unknown': 1,
      'ip-truncated': 1,
      'source-not-client': 1,
    });
  });
});

test('Datapath counts a fragment inside a whole packet, which nobody puts together', () => {
  const gateway = tellStory();
  const party = PARTIES[6];
  const packet = buildUdp({ from: joinEndpoint(party.alice, 1), to: joinEndpoint(party.bank, 53) });
  // Two fragment headers in a row, each of a packet in one piece (RFC 6946).
  const fragmentHeader = (nextHeader: number) => [nextHeader, 0, 0, 0, 0, 0, 0, 1];
  const headers = [...packet.subarray(0, 40), ...fragmentHeader(44), ...fragmentHeader(17)];
  const nested = Uint8Array.from([...headers, ...packet.subarray(40)]);
  new DataView(nested.buffer).setUint16(4, nested.length - 40);
  nested[6] = 44;
  expect(gateway.send(nested)).toMatchObject({ wan: [], clients: [] });
  expect(gateway.counters.drops()).toEqual({ 'ip-fragment': 1 });
});
