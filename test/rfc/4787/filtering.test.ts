/** RFC 4787 sections 4.3 and 5: who may send to a mapping, and what a stranger's packet leaves behind (rows U7, U9, T3, G7). */
import { describe, expect, test } from 'vitest';
import { joinEndpoint } from '../../support/address-text.ts';
import { buildTcp, buildUdp, payloadOf } from '../../support/build-packet.ts';
import { buildReply, sourceOf } from '../../support/client-packets.ts';
import type { DatapathFixture } from '../../support/datapath-fixture.ts';
import { type ParsedPacket, parsePacket } from '../../support/parse-packet.ts';
import type { RuleText } from '../../support/policy-fixture.ts';
import { BANK_SLOT, FAMILIES, PARTIES, tellStory } from '../../support/story.ts';

const BANK: RuleText = {
  name: 'bank',
  traffic: 'net.fqdn.host == "bank.example.com"',
  ipv4: '203.0.113.9',
  fallback: '203.0.113.10',
  ipv6: '2001:db8:1::2/128',
};
const OPEN = { ...BANK, isOpen: true };
const NO_DNS_FROM_STRANGERS: RuleText = { name: 'no dns', traffic: 'net.dst.port == 53', blocks: true };

describe.each(FAMILIES)('Datapath, IPv%i', (family) => {
  const party = PARTIES[family];
  const alice = joinEndpoint(party.alice, 40_000);
  const stranger = joinEndpoint(party.otherServer, 7000);

  /** Alice calls the bank over UDP; `mapped` is where the internet sees her. */
  function begin(rules: readonly RuleText[] = [OPEN], options = {}) {
    const gateway = tellStory({ rules, ...options });
    const request = buildUdp({ from: alice, to: joinEndpoint(party.bank, 3478) });
    const first = leaving(gateway, request);
    return { gateway, first, mapped: first.from };
  }

  function leaving(gateway: DatapathFixture, packet: Uint8Array): ParsedPacket {
    const [frame] = gateway.send(packet).wan;
    if (frame === undefined) throw new Error('Cannot go on: nothing left');
    return parsePacket(frame.packet);
  }

  const call = (gateway: DatapathFixture, from: string, mapped: string) =>
    gateway.receive('wan', buildUdp({ from, to: mapped, payload: payloadOf(20) })).clients.map(parsePacket);

  test.each([
    ['another host', joinEndpoint(party.otherServer, 3478)],
    ['another port of the host', joinEndpoint(party.server, 3479)],
  ])('U9 keeps %s out unless a rule lets anybody in', (_who, from) => {
    const { gateway, mapped } = begin([BANK]);
    expect(call(gateway, from, mapped)).toEqual([]);
    expect(gateway.counters.drops()).toEqual({ 'no-flow-outside': 1 });
  });

  test('U9 G7 lets a stranger in under a rule with endpoint-independent filtering, as who it is', () => {
    const { gateway, mapped } = begin();
    const [packet] = call(gateway, stranger, mapped);
    expect(packet).toMatchObject({ from: stranger, to: alice, payload: payloadOf(20) });
    expect(gateway.counters.drops()).toEqual({});
  });

  test('U9 shows another port of the host that was called by name as the synthetic address', () => {
    const { gateway, mapped } = begin();
    const [packet] = call(gateway, joinEndpoint(party.server, 3479), mapped);
    expect(packet).toMatchObject({ from: joinEndpoint(party.bank, 3479), to: alice });
    const answer = leaving(gateway, buildUdp({ from: alice, to: joinEndpoint(party.bank, 3479) }));
    expect(answer).toMatchObject({ from: mapped, to: joinEndpoint(party.server, 3479) });
  });

  test('U9 sends the answer to a stranger from the address and port that it called, by which its packets then come as well', () => {
    const { gateway, mapped } = begin();
    call(gateway, stranger, mapped);
    const answer = leaving(gateway, buildUdp({ from: alice, to: stranger }));
    expect(answer).toMatchObject({ from: mapped, to: stranger });
    const { clients } = gateway.receive('wan', buildReply(answer));
    expect(clients.map(parsePacket)).toMatchObject([{ from: stranger, to: alice }]);
    expect(gateway.counters.read('flowsOpened')).toBe(2);
  });

  test('U9 holds the literal address of one who has not called to the rules for it', () => {
    const { gateway } = begin();
    const literal = leaving(gateway, buildUdp({ from: alice, to: stranger }));
    expect(sourceOf(literal).address).toBe(party.defaultEgress);
  });

  test('U7 makes no flow for a stranger, and keeps none alive for it', () => {
    const { gateway, mapped } = begin();
    for (let second = 0; second < 310; second++) {
      gateway.advance(1000);
      if (second < 295) expect(call(gateway, stranger, mapped)).toHaveLength(1);
      expect(gateway.counters.read('flowsOpened')).toBe(1);
    }
    expect(call(gateway, stranger, mapped)).toEqual([]);
    expect(gateway.counters.read('flowsLive')).toBe(0);
  });

  test('G7 lets in so many new strangers a second, and those that are known as often as they like', () => {
    const { gateway, mapped } = begin();
    expect(call(gateway, stranger, mapped)).toHaveLength(1);
    let arrived = 0;
    for (let port = 10_000; port < 11_000; port++)
      arrived += call(gateway, joinEndpoint(party.otherServer, port), mapped).length;
    expect(arrived).toBe(199);
    expect(gateway.counters.drops()).toEqual({ 'caller-rate-limited': 801 });
    expect(call(gateway, stranger, mapped)).toHaveLength(1);
    gateway.advance(1000);
    expect(call(gateway, joinEndpoint(party.otherServer, 20_000), mapped)).toHaveLength(1);
  });

  test('U9 lets no stranger in that a network rule would not let be called, nor one with an address of ours', () => {
    const { gateway, mapped } = begin([OPEN, NO_DNS_FROM_STRANGERS]);
    expect(call(gateway, joinEndpoint(party.otherServer, 53), mapped)).toEqual([]);
    expect(call(gateway, joinEndpoint(party.defaultEgress, 7000), mapped)).toEqual([]);
    const inside = family === 4 ? '10.64.0.3' : 'fd00:64::3';
    expect(call(gateway, joinEndpoint(inside, 7000), mapped)).toEqual([]);
    expect(gateway.counters.drops()).toEqual({
      'policy-blocked': 1,
      hairpin: 1,
      'destination-forbidden': 1,
    });
  });

  test('T3 lets no TCP in whatever the rule says, nor UDP to a port that is mapped for TCP', () => {
    const gateway = tellStory({ rules: [OPEN] });
    const syn = leaving(gateway, buildTcp({ from: alice, to: joinEndpoint(party.bank, 443), flags: 'S' }));
    const { clients } = gateway.receive('wan', buildTcp({ from: stranger, to: syn.from, flags: 'S' }));
    expect(clients).toEqual([]);
    expect(call(gateway, stranger, syn.from)).toEqual([]);
    expect(gateway.counters.drops()).toEqual({ 'no-flow-outside': 2 });
  });

  test('U9 S2 forgets with a lease whoever its name was known by: the address may mean another name', () => {
    const { gateway, mapped } = begin([{ ...OPEN, traffic: '' }]);
    const knownByName = joinEndpoint(party.server, 3479);
    expect(call(gateway, knownByName, mapped)).toHaveLength(1);
    expect(call(gateway, stranger, mapped)).toHaveLength(1);
    gateway.post({ type: 'lease-gone', slot: BANK_SLOT });
    gateway.putLease(BANK_SLOT, 'other.example.com', {
      [family === 4 ? 'ipv4' : 'ipv6']: [party.otherServer],
    });
    const sent = leaving(gateway, buildUdp({ from: alice, to: joinEndpoint(party.bank, 3479) }));
    expect(sent.to).toBe(joinEndpoint(party.otherServer, 3479));
    expect(leaving(gateway, buildUdp({ from: alice, to: stranger })).to).toBe(stranger);
  });

  test('U9 traces the rule that refuses the answer to a stranger', () => {
    const { gateway, mapped } = begin();
    call(gateway, stranger, mapped);
    gateway.setPolicy([OPEN, { name: 'no strangers', traffic: 'net.dst.port == 7000', blocks: true }]);
    const underWay = new SharedArrayBuffer(4);
    gateway.post({ type: 'trace', trace: { trace: 1, filter: {}, packets: false, underWay } });
    gateway.fetch();
    gateway.send(buildUdp({ from: alice, to: stranger }));
    gateway.assembled.tracer.flush();
    expect(gateway.posted()).toMatchObject([
      { type: 'trace', batch: { events: [{ result: 'policy-blocked', rule: { name: 'no strangers' } }] } },
    ]);
  });

  test('U9 closes a mapping with the last flow that opened it', () => {
    const { gateway, mapped } = begin();
    gateway.setPolicy([BANK]);
    expect(call(gateway, stranger, mapped)).toHaveLength(1);
    gateway.advance(301_000);
    const again = leaving(gateway, buildUdp({ from: alice, to: joinEndpoint(party.bank, 3478) }));
    expect(call(gateway, stranger, again.from)).toEqual([]);
  });

  test('U14 tells a stranger what fits the way to the clients', () => {
    const { gateway, mapped } = begin([OPEN], { clientMtu: 1300 });
    const { clients } = gateway.receive(
      'wan',
      buildUdp({ from: stranger, to: mapped, payload: payloadOf(1400) }),
    );
    expect(clients).toEqual([]);
    const [told] = gateway.takeOwn('wan').map(({ packet }) => parsePacket(packet));
    expect(told).toMatchObject({ to: party.otherServer, rest: 1300 });
  });
});
