/** An egress address that goes out of service under living flows (S10, FL-26). */
import { describe, expect, test } from 'vitest';
import { joinEndpoint } from '../../support/address-text.ts';
import { buildTcp } from '../../support/build-packet.ts';
import { buildReply, buildRequest, PROTOCOLS, sourceOf } from '../../support/client-packets.ts';
import { EGRESS, type Outcome } from '../../support/datapath-fixture.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { BANK_RULE } from '../../support/policy-fixture.ts';
import { FAMILIES, PARTIES, tellStory } from '../../support/story.ts';

const ALICE = '10.64.0.2:40000';
const BANK = '100.80.1.2:443';
const PRIMARY = '203.0.113.9';
const SECONDARY = '203.0.113.10';
const DEFAULT = '198.51.100.1';

const indexOf = (egress: (typeof EGRESS)[number]) => EGRESS.indexOf(egress);

function sourcesOf({ wan, spare }: Outcome): string[] {
  return [...wan, ...spare].map(({ packet }) => sourceOf(parsePacket(packet)).address);
}

function establish(gateway: ReturnType<typeof tellStory>): void {
  const [syn] = gateway.send(buildRequest('tcp', ALICE, BANK)).wan;
  if (syn === undefined) throw new Error('Cannot go on: no SYN left');
  gateway.receive('wan', buildReply(parsePacket(syn.packet)));
  expect(sourcesOf(gateway.send(buildTcp({ from: ALICE, to: BANK })))).toEqual([PRIMARY]);
}

describe('Datapath', () => {
  test.each(PROTOCOLS)(
    'sends new %s flows from the secondary while the primary is down (FL-26)',
    (protocol) => {
      const gateway = tellStory();
      gateway.health.set(indexOf(PRIMARY), 'down');
      expect(sourcesOf(gateway.send(buildRequest(protocol, ALICE, BANK)))).toEqual([SECONDARY]);
      gateway.health.set(indexOf(PRIMARY), 'up');
      const next = buildRequest(protocol, '10.64.0.2:40001', BANK);
      expect(sourcesOf(gateway.send(next))).toEqual([PRIMARY]);
    },
  );

  test.each(PROTOCOLS)('lets a %s flow stay on the secondary when the primary comes back', (protocol) => {
    const gateway = tellStory();
    gateway.health.set(indexOf(PRIMARY), 'down');
    const request = buildRequest(protocol, ALICE, BANK);
    gateway.send(request);
    gateway.health.set(indexOf(PRIMARY), 'up');
    expect(sourcesOf(gateway.send(request))).toEqual([SECONDARY]);
  });

  test.each(PROTOCOLS)('refuses %s when neither is in service, and never takes another (S10)', (protocol) => {
    const gateway = tellStory();
    for (const egress of [PRIMARY, SECONDARY] as const) gateway.health.set(indexOf(egress), 'down');
    const outcome = gateway.send(buildRequest(protocol, ALICE, BANK));
    expect(sourcesOf(outcome)).toEqual([]);
    expect(outcome.clients).toHaveLength(1);
    expect(gateway.counters.drops()).toEqual({ 'egress-none-healthy': 1 });
  });

  test('resets an established connection, so that the client comes back from the secondary', () => {
    const gateway = tellStory();
    establish(gateway);
    gateway.health.set(indexOf(PRIMARY), 'down');
    const outcome = gateway.send(buildTcp({ from: ALICE, to: BANK, acknowledgment: 99 }));
    expect(sourcesOf(outcome)).toEqual([]);
    expect(outcome.clients.map((packet) => parsePacket(packet))).toMatchObject([
      { from: BANK, to: ALICE, flags: 'R', sequence: 99 },
    ]);
    expect(gateway.counters.drops()).toEqual({ 'egress-lost': 1 });
    expect(sourcesOf(gateway.send(buildRequest('tcp', ALICE, BANK)))).toEqual([SECONDARY]);
  });

  test('keeps an established connection when there is nowhere to go', () => {
    const gateway = tellStory();
    establish(gateway);
    for (const egress of [PRIMARY, SECONDARY] as const) gateway.health.set(indexOf(egress), 'down');
    expect(sourcesOf(gateway.send(buildTcp({ from: ALICE, to: BANK })))).toEqual([PRIMARY]);
    expect(gateway.counters.drops()).toEqual({});
  });

  test('ends nothing on an address that is in service', () => {
    const gateway = tellStory();
    establish(gateway);
    gateway.health.set(indexOf(SECONDARY), 'down');
    expect(sourcesOf(gateway.send(buildTcp({ from: ALICE, to: BANK })))).toEqual([PRIMARY]);
  });

  test.each(['udp', 'echo'] as const)('decides %s anew at its next packet', (protocol) => {
    const gateway = tellStory();
    const request = buildRequest(protocol, ALICE, BANK);
    gateway.send(request);
    gateway.health.set(indexOf(PRIMARY), 'down');
    const outcome = gateway.send(request);
    expect(sourcesOf(outcome)).toEqual([SECONDARY]);
    expect(outcome.clients).toEqual([]);
    gateway.advance(0);
    expect(gateway.counters.read('flowsLive')).toBe(1);
  });

  test('decides a SYN anew that nobody has answered', () => {
    const gateway = tellStory();
    const syn = buildRequest('tcp', ALICE, BANK);
    gateway.send(syn);
    gateway.health.set(indexOf(PRIMARY), 'down');
    expect(sourcesOf(gateway.send(syn))).toEqual([SECONDARY]);
  });

  test('falls back to the default egress where the rule says so, over another uplink where that is', () => {
    const rules = [
      { name: 'any', traffic: 'net.dst.port == 443', ipv4: PRIMARY, fallback: '0.0.0.0' },
      { name: 'spare', traffic: 'net.dst.port == 80', ipv4: PRIMARY, fallback: '198.51.100.20' },
    ];
    const gateway = tellStory({ rules });
    gateway.health.set(indexOf(PRIMARY), 'down');
    expect(sourcesOf(gateway.send(buildRequest('tcp', ALICE, BANK)))).toEqual([DEFAULT]);
    const outcome = gateway.send(buildRequest('tcp', ALICE, '100.80.1.2:80'));
    expect(outcome.wan).toEqual([]);
    expect(sourcesOf(outcome)).toEqual(['198.51.100.20']);
    expect(outcome.spare).toMatchObject([{ source: '02:00:00:00:00:02' }]);
  });

  test('keeps a flow on a dead address when its rule is gone: nobody knows where else it may go', () => {
    const gateway = tellStory();
    const request = buildRequest('udp', ALICE, BANK);
    gateway.send(request);
    gateway.setPolicy([{ ...BANK_RULE, name: 'another' }]);
    gateway.health.set(indexOf(PRIMARY), 'down');
    expect(sourcesOf(gateway.send(request))).toEqual([PRIMARY]);
  });

  test('leaves flows on an address that rests after flapping, and gives it to new ones only in need (FL-26)', () => {
    const gateway = tellStory();
    const request = buildRequest('udp', ALICE, BANK);
    gateway.send(request);
    gateway.health.set(indexOf(PRIMARY), 'resting');
    expect(sourcesOf(gateway.send(request))).toEqual([PRIMARY]);
    expect(sourcesOf(gateway.send(buildRequest('tcp', ALICE, BANK)))).toEqual([SECONDARY]);
    gateway.health.set(indexOf(SECONDARY), 'down');
    expect(sourcesOf(gateway.send(buildRequest('echo', ALICE, BANK)))).toEqual([PRIMARY]);
  });

  test('takes an address that nothing is known of for one in service', () => {
    const gateway = tellStory();
    gateway.health.set(indexOf(PRIMARY), 'unproven');
    expect(sourcesOf(gateway.send(buildRequest('tcp', ALICE, BANK)))).toEqual([PRIMARY]);
  });
});

describe.each(FAMILIES)('Datapath, IPv%i', (family) => {
  const party = PARTIES[family];

  test.each(PROTOCOLS)('refuses %s from the default method while its address is down (FL-26)', (protocol) => {
    const gateway = tellStory({ rules: [] });
    gateway.health.set(
      EGRESS.findIndex((text) => text.startsWith(party.defaultEgress)),
      'down',
    );
    const request = buildRequest(protocol, joinEndpoint(party.alice, 40_000), joinEndpoint(party.bank, 443));
    const outcome = gateway.send(request);
    expect(sourcesOf(outcome)).toEqual([]);
    expect(outcome.clients).toHaveLength(1);
  });
});
