/** The uplinks' links: who has our addresses, who has the next hops, and what packets do meanwhile (R9, FL-24, FL-45). */
import { describe, expect, test } from 'vitest';
import { LIST_CAPACITY } from '../../../src/device/packet-batch.ts';
import { joinEndpoint } from '../../support/address-text.ts';
import { buildTcp, patch, payloadOf } from '../../support/build-packet.ts';
import { buildReply, buildRequest, sourceOf } from '../../support/client-packets.ts';
import { type DatapathFixture, MAC, NEXT_HOP_MAC } from '../../support/datapath-fixture.ts';
import { answerNeighbour, askNeighbour, readNeighbour } from '../../support/neighbour-frames.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { FAMILIES, PARTIES, tellStory } from '../../support/story.ts';

const NEW_MAC = '02:bb:00:00:00:01';
const LINK = {
  4: {
    nextHop: '203.0.113.254',
    neighbour: { address: '203.0.113.77', mac: '02:cc:00:00:00:77' },
    ours: ['203.0.113.9', '203.0.113.10', '198.51.100.1'],
    notOurs: ['203.0.113.2', '203.0.113.254', '203.0.113.11', '198.51.100.20'],
  },
  6: {
    nextHop: '2001:db8:9::fe',
    neighbour: { address: '2001:db8:9::77', mac: '02:cc:00:00:00:77' },
    ours: ['2001:db8:9::1234:5678', '2001:db8:1::1', '2001:db8:1::2'],
    notOurs: ['2001:db8:9::2', '2001:db8:9::fe', '2001:db8:a::1'],
  },
} as const;

function questionsOf(gateway: DatapathFixture): string[] {
  const frames = gateway
    .takeOwn('wan')
    .filter(({ etherType, packet }) => etherType === 0x0806 || packet[6] === 58);
  return frames.map(readNeighbour).flatMap(({ kind, target }) => (kind === 'question' ? [target] : []));
}

describe.each(FAMILIES)('Datapath, IPv%i', (family) => {
  const party = PARTIES[family];
  const link = LINK[family];
  const fromAlice = joinEndpoint(party.alice, 40_000);
  const bank = joinEndpoint(party.bank, 443);

  test.each(link.ours)('says that %s is here, to whoever asks on the link', (target) => {
    const gateway = tellStory();
    const { clients } = gateway.receive('wan', askNeighbour(target, link.neighbour));
    const [frame] = gateway.takeOwn('wan');
    if (frame === undefined) throw new Error('Cannot go on: no answer');
    expect(frame).toMatchObject({ destination: link.neighbour.mac, source: MAC.wan });
    const to = link.neighbour.address;
    expect(readNeighbour(frame)).toEqual({ kind: 'answer', target, mac: MAC.wan, to });
    expect(clients).toEqual([]);
    gateway.advance(0);
    expect(gateway.counters.read('neighbourReplies')).toBe(1);
  });

  test.each(link.notOurs)('leaves %s to whoever has it', (target) => {
    const gateway = tellStory();
    gateway.receive('wan', askNeighbour(target, link.neighbour));
    expect(gateway.takeOwn('wan')).toEqual([]);
  });

  test('counts malformed messages of neighbours, and answers none', () => {
    const gateway = tellStory();
    const { packet, etherType } = askNeighbour(link.ours[0], link.neighbour);
    const bad = family === 4 ? patch(packet, 7, 9) : patch(packet, 7, 254); // operation; hop limit
    gateway.receive('wan', { packet: bad, etherType }, { packet: packet.subarray(0, 20), etherType });
    expect(gateway.takeOwn('wan')).toEqual([]);
    const drops = family === 4 ? { 'arp-malformed': 2 } : { 'ndp-malformed': 1, 'ip-truncated': 1 };
    expect(gateway.counters.drops()).toEqual(drops);
  });

  test('counts a station that claims an egress address (FL-45)', () => {
    const gateway = tellStory();
    gateway.receive('wan', answerNeighbour(link.ours[0], NEW_MAC, MAC.wan));
    gateway.advance(0);
    expect(gateway.counters.read('addressConflicts')).toBe(1);
  });

  test('asks for the next hop when the first packet comes, and sends the packet when it is known', () => {
    const gateway = tellStory({ areNextHopsKnown: false });
    const held = gateway.send(buildRequest('tcp', fromAlice, bank));
    expect(held).toMatchObject({ wan: [], clients: [] });
    expect(questionsOf(gateway)).toContain(link.nextHop);
    gateway.receive('wan', answerNeighbour(link.nextHop, NEXT_HOP_MAC, MAC.wan));
    const [frame] = gateway.takeOwn('wan');
    if (frame === undefined) throw new Error('Cannot go on: the packet was not released');
    expect(frame).toMatchObject({ destination: NEXT_HOP_MAC, etherType: family === 4 ? 0x0800 : 0x86dd });
    expect(sourceOf(parsePacket(frame.packet)).address).toBe(party.bankEgress);
    expect(gateway.takeOwn('wan')).toEqual([]);
    expect(gateway.counters.drops()).toEqual({});
  });

  test('counts a packet that waits as sent, and once (R9)', () => {
    const gateway = tellStory({ areNextHopsKnown: false });
    const packet = buildRequest('tcp', fromAlice, bank);
    gateway.send(packet);
    gateway.receive('wan', answerNeighbour(link.nextHop, NEXT_HOP_MAC, MAC.wan));
    expect(gateway.takeOwn('wan').filter(({ packet }) => packet[family === 4 ? 9 : 6] === 6)).toHaveLength(1);
    expect(gateway.counters.read('packetsOut')).toBe(1);
    expect(gateway.counters.read('bytesOut')).toBe(packet.length);
  });

  test('keeps the order and the offload headers of packets that wait', () => {
    const gateway = tellStory({ areNextHopsKnown: false });
    const vnet = Uint8Array.of(1, 1, 40, 0, 0xa0, 5, family === 4 ? 20 : 40, 0, 16, 0);
    gateway.send(buildRequest('tcp', fromAlice, bank));
    for (const length of [3000, 10, 200]) {
      const packet = buildTcp({ from: fromAlice, to: bank, payload: payloadOf(length), checksum: 'partial' });
      gateway.send({ packet, vnet });
    }
    gateway.takeOwn('wan');
    gateway.receive('wan', answerNeighbour(link.nextHop, NEXT_HOP_MAC, MAC.wan));
    const frames = gateway.takeOwn('wan');
    const headers = family === 4 ? 40 : 60;
    expect(frames.map(({ packet }) => packet.length - headers)).toEqual([0, 3000, 10, 200]);
    expect(frames.slice(1).map((frame) => frame.vnet)).toEqual([vnet, vnet, vnet]);
    expect(frames[0]?.vnet).toEqual(new Uint8Array(10));
  });

  test('uses a new MAC of the next hop at once (FL-24)', () => {
    const gateway = tellStory();
    gateway.receive('wan', answerNeighbour(link.nextHop, NEW_MAC, MAC.wan));
    const [frame] = gateway.send(buildRequest('udp', fromAlice, bank)).wan;
    expect(frame?.destination).toBe(NEW_MAC);
  });

  test('refuses at once what a dead next hop cannot take, after three questions (R8)', () => {
    const gateway = tellStory({ areNextHopsKnown: false });
    const asked: string[] = [];
    for (let second = 0; second < 4; second++) {
      gateway.advance(1000);
      asked.push(...questionsOf(gateway).filter((target) => target === link.nextHop));
    }
    expect(asked.length).toBeGreaterThanOrEqual(3);
    const outcome = gateway.send(buildRequest('tcp', fromAlice, bank), buildRequest('udp', fromAlice, bank));
    expect(outcome.wan).toEqual([]);
    const [reset, error] = outcome.clients.map((packet) => parsePacket(packet));
    expect(reset).toMatchObject({ flags: 'RA', from: bank, to: fromAlice });
    expect(error).toMatchObject({ protocol: 'icmp', from: party.router, to: party.alice });
    expect(gateway.counters.drops()).toEqual({ 'next-hop-unresolved': 2 });
  });

  test('forgets packets that waited too long, and counts them', () => {
    const gateway = tellStory({ areNextHopsKnown: false });
    gateway.send(buildRequest('udp', fromAlice, bank));
    for (let second = 0; second < 4; second++) gateway.advance(1000);
    expect(gateway.counters.drops()).toEqual({ 'next-hop-unresolved': 1 });
    gateway.takeOwn('wan');
    gateway.receive('wan', answerNeighbour(link.nextHop, NEXT_HOP_MAC, MAC.wan));
    expect(gateway.takeOwn('wan')).toEqual([]);
  });

  test('never takes a frame for traffic that is a question, nor traffic for a question', () => {
    const gateway = tellStory();
    const [frame] = gateway.send(buildRequest('udp', fromAlice, bank)).wan;
    const left = parsePacket(frame?.packet ?? new Uint8Array());
    const outcome = gateway.receive('wan', askNeighbour(link.ours[0], link.neighbour), buildReply(left), {
      packet: payloadOf(60),
      etherType: 0x88cc,
    });
    expect(outcome.clients).toHaveLength(1);
    expect(gateway.takeOwn('wan')).toHaveLength(1);
    expect(gateway.counters.drops()).toEqual({ 'not-ip': 1 });
  });

  test('tells an open connection of an uplink that is down, and goes on when it is back (R8, FL-23)', () => {
    const gateway = tellStory();
    const { wan } = gateway.uplinks;
    const [frame] = gateway.send(buildRequest('tcp', fromAlice, bank)).wan;
    const left = parsePacket(frame?.packet ?? new Uint8Array());
    gateway.receive('wan', buildReply(left));
    const segment = buildTcp({ from: fromAlice, to: bank, flags: 'A', payload: payloadOf(9) });
    gateway.send(segment);
    wan.update({ ...wan.settings, isUp: false }, gateway.nowMs);
    const { clients } = gateway.send(segment);
    expect(clients.map(parsePacket)).toMatchObject([
      { protocol: 'icmp', from: party.router, type: family === 4 ? 3 : 1, code: family === 4 ? 1 : 3 },
    ]);
    expect(gateway.counters.drops()).toEqual({ 'next-hop-lost': 1 });
    wan.update({ ...wan.settings, isUp: true }, gateway.nowMs);
    gateway.answerNextHops();
    const [resumed] = gateway.send(segment).wan;
    expect(sourceOf(parsePacket(resumed?.packet ?? new Uint8Array()))).toEqual(sourceOf(left));
  });

  test('resets a new connection at once while the uplink is down (R8, FL-23)', () => {
    const gateway = tellStory();
    const { wan } = gateway.uplinks;
    wan.update({ ...wan.settings, isUp: false }, gateway.nowMs);
    const { clients } = gateway.send(buildRequest('tcp', fromAlice, bank));
    expect(clients.map(parsePacket)).toMatchObject([{ protocol: 'tcp', flags: 'RA' }]);
  });

  test('drops what no flow expects, in silence (T4, FL-10)', () => {
    const gateway = tellStory();
    const to = joinEndpoint(party.bankEgress, 5000);
    for (const flags of ['S', 'SA', 'A', 'R', 'F', 'FPU']) {
      const probe = buildTcp({ from: joinEndpoint(party.server, 443), to, flags, acknowledgment: 7 });
      expect(gateway.receive('wan', probe)).toMatchObject({ wan: [], clients: [] });
    }
    const others = (['udp', 'echo'] as const).map((protocol) =>
      buildRequest(protocol, joinEndpoint(party.server, 443), to),
    );
    expect(gateway.receive('wan', ...others)).toMatchObject({ wan: [], clients: [] });
    expect(gateway.takeOwn('wan')).toEqual([]);
    expect(gateway.posted()).toEqual([]);
    expect(Object.values(gateway.counters.drops()).reduce((sum, count) => sum + count, 0)).toBe(8);
  });
});

describe('Datapath', () => {
  test('answers more questions than there is room for at the next turn, and loses no traffic over it', () => {
    const gateway = tellStory();
    const questions = Array.from({ length: 60 }, () => askNeighbour('203.0.113.9', LINK[4].neighbour));
    for (let batch = 0; batch < 5; batch++) gateway.receive('wan', ...questions);
    expect(gateway.takeOwn('wan')).toHaveLength(LIST_CAPACITY);
    gateway.receive('wan', ...questions.slice(0, 8));
    expect(gateway.takeOwn('wan')).toHaveLength(8);
    gateway.advance(0);
    expect(gateway.counters.read('neighbourReplies')).toBe(LIST_CAPACITY + 8);
  });

  test('sends to a destination on the link itself, not to the default next hop', () => {
    const gateway = tellStory();
    const { address, mac } = LINK[4].neighbour;
    expect(gateway.send(buildRequest('udp', '10.64.0.2:40000', `${address}:53`)).wan).toEqual([]);
    expect(questionsOf(gateway)).toEqual([address]);
    gateway.receive('wan', answerNeighbour(address, mac, MAC.wan));
    expect(gateway.takeOwn('wan')).toMatchObject([{ destination: mac }]);
  });

  test('lets a scan of dead neighbours keep nobody from a living one', () => {
    const gateway = tellStory();
    const { address, mac } = LINK[4].neighbour;
    for (let host = 100; host < 200; host++)
      gateway.send(buildRequest('tcp', '10.64.0.3:40000', `203.0.113.${host}:80`));
    gateway.takeOwn('wan');
    expect(gateway.send(buildRequest('udp', '10.64.0.2:40000', `${address}:53`)).wan).toEqual([]);
    gateway.takeOwn('wan');
    gateway.receive('wan', answerNeighbour(address, mac, MAC.wan));
    expect(gateway.takeOwn('wan').map(({ destination }) => destination)).toContain(mac);
    expect(gateway.counters.drops()).toEqual({ 'next-hop-unresolved': 37 });
  });

  test('takes back the numbers of next hops, but for those that live flows keep', () => {
    const gateway = tellStory();
    const { address, mac } = LINK[4].neighbour;
    const request = buildRequest('udp', '10.64.0.2:40000', `${address}:53`);
    gateway.send(request);
    gateway.receive('wan', answerNeighbour(address, mac, MAC.wan));
    gateway.takeOwn('wan');
    const { hops } = gateway.uplinks.wan;
    for (let host = 0; host < 40_000; host++) hops.numberOf(Uint8Array.of(10, 9, host >> 8, host), 4);
    expect(hops.isCrowded).toBe(true);
    gateway.advance(0);
    expect(hops.isCrowded).toBe(false);
    expect(gateway.send(request).wan).toMatchObject([{ destination: mac }]);
  });
});
