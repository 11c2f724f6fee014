/** What the datapath does not carry: who is told, with what, and who hears nothing (docs/nat.md, Refusals). */
import { describe, expect, test } from 'vitest';
import { joinEndpoint } from '../../support/address-text.ts';
import {
  buildEcho,
  buildIp,
  buildTcp,
  fixIpv4Checksum,
  patch,
  payloadOf,
} from '../../support/build-packet.ts';
import { buildRequest, destinationOf, PROTOCOLS, sourceOf } from '../../support/client-packets.ts';
import type { Outcome } from '../../support/datapath-fixture.ts';
import { parsePacket, parseQuote } from '../../support/parse-packet.ts';
import { makePolicy } from '../../support/policy-fixture.ts';
import { FAMILIES, PARTIES, tellStory } from '../../support/story.ts';

const NOTHING = { wan: [], spare: [], clients: [] };
const UNREACHABLE = { 4: { type: 3, code: 1 }, 6: { type: 1, code: 3 } };
const PROHIBITED = { 4: { type: 3, code: 13 }, 6: { type: 1, code: 1 } };

function replyOf({ wan, spare, clients }: Outcome) {
  expect([...wan, ...spare]).toEqual([]);
  const [packet] = clients;
  if (packet === undefined || clients.length !== 1)
    throw new Error(`Cannot go on: ${clients.length} replies`);
  return parsePacket(packet);
}

describe.each(FAMILIES)('Datapath, IPv%i', (family) => {
  const party = PARTIES[family];
  const fromAlice = joinEndpoint(party.alice, 40_000);
  const bank = joinEndpoint(party.bank, 443);

  describe.each([
    ['an address that no name has (S3)', party.unknown, 'synthetic-unknown', UNREACHABLE],
    ['its own egress address (U10, T8, FL-09)', party.bankEgress, 'hairpin', PROHIBITED],
    ['another client', party.bob, 'destination-forbidden', PROHIBITED],
  ] as const)('I8 refuses %s', (_what, target, reason, code) => {
    const to = joinEndpoint(target, 443);

    test('to TCP with a reset, at once', () => {
      const gateway = tellStory();
      const reply = replyOf(gateway.send(buildTcp({ from: fromAlice, to, flags: 'S', sequence: 77 })));
      expect(reply).toMatchObject({ from: to, to: fromAlice, flags: 'RA', acknowledgment: 78 });
      expect(gateway.counters.drops()).toEqual({ [reason]: 1 });
      expect(gateway.counters.read('refusals')).toBe(1);
    });

    test.each(['udp', 'echo'] as const)(
      'to %s with ICMP from the gateway, quoting the packet',
      (protocol) => {
        const gateway = tellStory();
        const request = buildRequest(protocol, fromAlice, to, { payload: payloadOf(33) });
        const reply = replyOf(gateway.send(request));
        expect(reply).toMatchObject({
          protocol: 'icmp',
          from: party.router,
          to: party.alice,
          ...code[family],
        });
        expect(reply.payload).toEqual(request);
        expect(gateway.counters.drops()).toEqual({ [reason]: 1 });
      },
    );
  });

  test.each(PROTOCOLS)('drops %s from a source that is no client, in silence (R5, FL-20)', (protocol) => {
    const gateway = tellStory();
    for (const target of [party.bank, party.unknown, party.server, party.bankEgress]) {
      const forged = buildRequest(protocol, joinEndpoint(party.spoofed, 5), joinEndpoint(target, 80));
      expect(gateway.send(forged)).toMatchObject(NOTHING);
    }
    expect(gateway.counters.drops()).toEqual({ 'source-not-client': 4 });
    expect(gateway.counters.read('flowsOpened')).toBe(0);
  });

  test("takes nothing from the host's own address, though it lies in the clients' range (FL-08)", () => {
    const gateway = tellStory();
    const own = family === 4 ? '10.64.0.1' : 'fd00:64::1';
    expect(gateway.send(buildRequest('tcp', joinEndpoint(own, 5), bank))).toMatchObject(NOTHING);
    expect(gateway.counters.drops()).toEqual({ 'source-not-client': 1 });
  });

  test('answers nobody but clients, whatever is wrong with a packet first (FL-20)', () => {
    const gateway = tellStory();
    for (const protocol of [0xfd, 132, 47, 4, 41, 50, 51])
      expect(gateway.send(buildIp(party.spoofed, party.server, protocol, payloadOf(40)))).toMatchObject(
        NOTHING,
      );
    const forgedReply = buildRequest('tcp', joinEndpoint(party.spoofed, 5), bank, { flags: 'A' });
    expect(gateway.send(forgedReply)).toMatchObject(NOTHING);
  });

  test('forwards no unknown transport, and tells the client so (G1)', () => {
    const gateway = tellStory();
    for (const protocol of [2, 4, 41, 47, 132, 136, 255, family === 4 ? 58 : 1]) {
      const outcome = gateway.send(buildIp(party.alice, party.bank, protocol, payloadOf(40)));
      expect(replyOf(outcome)).toMatchObject(PROHIBITED[family]);
    }
    expect(gateway.counters.drops()).toEqual({ 'protocol-unsupported': 8 });
  });

  test.each(PROTOCOLS)('forwards no %s before a policy is there (FL-19)', (protocol) => {
    const gateway = tellStory({ rules: undefined });
    const reply = replyOf(gateway.send(buildRequest(protocol, fromAlice, bank)));
    expect(reply).toMatchObject(protocol === 'tcp' ? { flags: 'RA' } : PROHIBITED[family]);
    expect(gateway.counters.drops()).toEqual({ 'policy-not-loaded': 1 });
  });

  test('takes a policy that is posted but not fetched yet', () => {
    const gateway = tellStory({ rules: undefined });
    expect(gateway.send(buildRequest('udp', fromAlice, bank)).wan).toEqual([]);
    gateway.post({ type: 'policy', request: 0, policy: makePolicy([]) });
    expect(gateway.send(buildRequest('udp', fromAlice, bank)).wan).toHaveLength(1);
  });

  test.each(PROTOCOLS)(
    'refuses %s that a network rule blocks, before it looks at egress rules',
    (protocol) => {
      const rules = [
        { name: 'anything', ipv4: '203.0.113.9', fallback: '203.0.113.10', ipv6: '2001:db8:1::2' },
        { name: 'no bank', traffic: 'net.fqdn.host == "bank.example.com"', blocks: true },
      ];
      const gateway = tellStory({ rules });
      const reply = replyOf(gateway.send(buildRequest(protocol, fromAlice, bank)));
      expect(reply).toMatchObject(protocol === 'tcp' ? { flags: 'RA' } : PROHIBITED[family]);
      expect(gateway.counters.drops()).toEqual({ 'policy-blocked': 1 });
      const shop = buildRequest(protocol, fromAlice, joinEndpoint(party.shop, 443));
      expect(gateway.send(shop).wan).toHaveLength(1);
    },
  );

  test('resets a connection that nobody knows (X9), and answers no reset', () => {
    const gateway = tellStory();
    const middle = buildTcp({ from: fromAlice, to: bank, flags: 'A', sequence: 9, acknowledgment: 55 });
    expect(replyOf(gateway.send(middle))).toMatchObject({ flags: 'R', sequence: 55, from: bank });
    const reset = buildTcp({ from: fromAlice, to: bank, flags: 'R', sequence: 9 });
    expect(gateway.send(reset)).toMatchObject(NOTHING);
    expect(gateway.send(buildTcp({ from: fromAlice, to: bank, flags: 'SA' })).wan).toEqual([]);
    expect(gateway.counters.drops()).toEqual({ 'no-flow-inside': 3 });
  });

  test('lets no echo reply out that answers nothing', () => {
    const gateway = tellStory();
    for (const to of [party.bank, party.server]) {
      const reply = buildEcho({ from: party.alice, to, identifier: 9, reply: true });
      expect(gateway.send(reply)).toMatchObject(NOTHING);
    }
    expect(gateway.counters.drops()).toEqual({ 'icmp-type-unsupported': 2 });
  });

  test('limits its own ICMP and not its resets (R4)', () => {
    const gateway = tellStory();
    const to = joinEndpoint(party.unknown, 443);
    const burst = (protocol: 'udp' | 'tcp') =>
      gateway.send(
        ...Array.from({ length: 60 }, (_, port) =>
          buildRequest(protocol, joinEndpoint(party.alice, 2000 + port), to),
        ),
      ).clients.length;
    expect(burst('udp')).toBe(50);
    expect(gateway.counters.drops()['icmp-rate-limited']).toBe(10);
    expect(burst('tcp')).toBe(60);
    gateway.advance(20);
    expect(burst('udp')).toBe(20);
  });

  test('clears the offload header of a super-packet that it refuses', () => {
    const gateway = tellStory();
    const packet = buildRequest('tcp', fromAlice, joinEndpoint(party.unknown, 443), {
      payload: payloadOf(3000),
    });
    const outcome = gateway.send({
      packet,
      vnet: Uint8Array.of(1, 1, 40, 0, 0xb4, 5, family === 4 ? 20 : 40, 0, 16, 0),
    });
    replyOf(outcome);
    expect(outcome.clientVnets).toEqual([new Uint8Array(10)]);
  });

  test.each<[string, 'tcp' | 'udp' | 'echo', number, number]>([
    ['in an address', 'tcp', 6, 0],
    ['in an address, by the sum of both', 'udp', 22, 14],
    ['in the source port', 'tcp', 0, 0],
    ["in UDP's place of a TCP segment", 'tcp', 0, 6],
    ['behind the packet', 'udp', 0, 2000],
  ])(
    'drops a packet whose partial checksum would be written %s (FL-06)',
    (_where, protocol, before, offset) => {
      const gateway = tellStory();
      const start = (family === 4 ? 20 : 40) - before;
      const packet = buildRequest(protocol, fromAlice, bank);
      const vnet = Uint8Array.of(1, 0, 0, 0, 0, 0, start, 0, offset & 255, offset >> 8);
      expect(gateway.send({ packet, vnet }).wan).toEqual([]);
      expect(gateway.counters.drops()).toEqual({ 'transport-bad-checksum': 1 });
      const checksumAt = protocol === 'udp' ? 6 : 16;
      const inPlace = Uint8Array.of(1, 0, 0, 0, 0, 0, family === 4 ? 20 : 40, 0, checksumAt, 0);
      expect(gateway.send({ packet, vnet: inPlace }).wan).toHaveLength(1);
    },
  );

  test('tells an exhausted flow table apart from policy, and spares live flows (G11, FL-03)', () => {
    const gateway = tellStory({ flowCapacity: 2 });
    const ask = (port: number) => gateway.send(buildRequest('udp', joinEndpoint(party.alice, port), bank));
    expect(ask(5000).wan).toHaveLength(1);
    expect(ask(5001).wan).toHaveLength(1);
    expect(replyOf(ask(5002))).toMatchObject(UNREACHABLE[family]);
    expect(gateway.counters.drops()).toEqual({ 'flows-exhausted': 1 });
    expect(ask(5000).wan).toHaveLength(1);
  });

  test('takes a name without an address of this family nowhere', () => {
    const gateway = tellStory();
    const other = family === 4 ? { ipv6: ['2001:db8:2::5'] } : { ipv4: ['192.0.2.5'] };
    gateway.putLease(0x555, 'half.example.com', other);
    const to = joinEndpoint(gateway.syntheticOf(0x555, family), 443);
    expect(replyOf(gateway.send(buildRequest('udp', fromAlice, to)))).toMatchObject(UNREACHABLE[family]);
    expect(gateway.counters.drops()).toEqual({ 'lease-without-address': 1 });
  });

  test.each(
    family === 4
      ? [
          '10.1.2.3',
          '100.64.0.9',
          '127.0.0.1',
          '100.80.1.2',
          '10.64.0.3',
          '169.254.169.254',
          '224.0.0.1',
          '0.0.0.0',
          '255.255.255.255',
          '203.0.113.2',
          '203.0.113.10',
        ]
      : [
          'fd00::1',
          '::1',
          '2606:4700:cf1:4000::102',
          'fd00:64::3',
          'fe80::1',
          'ff02::1',
          '::',
          '2001:db8:9::2',
          '2001:db8:9::77',
          '2001:db8:1::1',
        ],
  )('takes a name that resolves to %s nowhere (A6, FL-08, FL-14)', (address) => {
    const gateway = tellStory();
    gateway.putLease(0x555, 'trap.example.com', family === 4 ? { ipv4: [address] } : { ipv6: [address] });
    const to = joinEndpoint(gateway.syntheticOf(0x555, family), 443);
    expect(replyOf(gateway.send(buildRequest('udp', fromAlice, to)))).toMatchObject(PROHIBITED[family]);
    expect(gateway.counters.read('flowsOpened')).toBe(0);
  });

  test('quotes at most what the RFCs allow (R2)', () => {
    const gateway = tellStory();
    const request = buildRequest('udp', fromAlice, joinEndpoint(party.unknown, 9), {
      payload: payloadOf(1400),
    });
    const [reply] = gateway.send(request).clients;
    expect(reply).toHaveLength(family === 4 ? 576 : 1280);
    const quote = parseQuote(parsePacket(reply ?? new Uint8Array()).payload);
    expect(quote).toMatchObject({ from: fromAlice, to: joinEndpoint(party.unknown, 9) });
  });
});

describe('Datapath', () => {
  test('lets clients go to a private network that the uplink allows', () => {
    const gateway = tellStory();
    const { wan } = gateway.send(buildRequest('udp', '10.64.0.2:5000', '10.9.0.1:53'));
    expect(wan.map(({ packet }) => destinationOf(parsePacket(packet)))).toEqual(['10.9.0.1']);
  });

  test('sends nobody to the broadcast address of a link', () => {
    const gateway = tellStory();
    const outcome = gateway.send(buildRequest('udp', '10.64.0.2:5000', '203.0.113.255:53'));
    expect(replyOf(outcome)).toMatchObject(UNREACHABLE[4]);
    expect(gateway.counters.drops()).toEqual({ 'no-route': 1 });
  });

  test('knows a user by the address: anonymous clients get the default', () => {
    const gateway = tellStory();
    const { wan } = gateway.send(buildRequest('udp', '10.64.0.77:5000', '100.80.1.2:53'));
    expect(wan.map(({ packet }) => sourceOf(parsePacket(packet)).address)).toEqual(['198.51.100.1']);
  });

  const good = buildTcp({ from: '10.64.0.2:40000', to: '100.80.1.2:443', flags: 'S', payload: payloadOf(9) });
  const good6 = buildTcp({ from: '[fd00:64::2]:40000', to: '[2606:4700:cf1:4000::102]:443', flags: 'S' });
  const edited = (at: number, ...bytes: number[]) => fixIpv4Checksum(patch(good, at, ...bytes));

  test.each([
    ['nothing', new Uint8Array(0), 'ip-truncated'],
    ['one byte', good.subarray(0, 1), 'ip-truncated'],
    ['a cut header', good.subarray(0, 19), 'ip-truncated'],
    ['version 5', patch(good, 0, 0x55), 'ip-bad-version'],
    ['a header of 16 bytes', edited(0, 0x44), 'ip-bad-header-length'],
    ['more bytes promised than there are', edited(2, 0xff, 0xff), 'ip-bad-total-length'],
    ['a header checksum that is wrong', patch(good, 10, 0, 0), 'ip-bad-checksum'],
    ['a source that is the destination (FL-08)', edited(12, 100, 80, 1, 2), 'ip-martian'],
    ['a loopback source', edited(12, 127, 0, 0, 1), 'ip-martian'],
    ['a multicast destination', edited(16, 224, 0, 0, 1), 'ip-martian'],
    ['a TCP header of 16 bytes', edited(32, 0x40), 'transport-bad-length'],
    ['SYN and RST at once', edited(33, 0x06), 'tcp-bad-flags'],
    ['a cut IPv6 header', good6.subarray(0, 39), 'ip-truncated'],
    ['more IPv6 payload promised than there is', patch(good6, 4, 0xff, 0xff), 'ip-bad-total-length'],
    ['a routing header', patch(good6, 6, 43), 'ipv6-extension-header'],
  ] as const)('drops %s in silence and counts why (R6, FL-05, FL-06)', (_what, packet, reason) => {
    const gateway = tellStory();
    expect(gateway.send(packet)).toMatchObject(NOTHING);
    expect(gateway.receive('wan', packet)).toMatchObject(NOTHING);
    expect(gateway.counters.drops()).toEqual({ [reason]: 2 });
    expect(gateway.counters.read('flowsOpened')).toBe(0);
  });
});
