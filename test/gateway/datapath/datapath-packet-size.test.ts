/** Packets that do not fit the next link: cut, or their sender is told what fits (rows U14, F7, F10, F11 and P10). */
import { describe, expect, test } from 'vitest';
import { joinEndpoint } from '../../support/address-text.ts';
import { buildIcmpError, buildTcp, buildUdp, patch, payloadOf } from '../../support/build-packet.ts';
import { buildReply, buildRequest, sourceOf } from '../../support/client-packets.ts';
import { MAC, NEXT_HOP_MAC, NEXT_HOPS } from '../../support/datapath-fixture.ts';
import { checksumOf } from '../../support/internet-checksum.ts';
import { answerNeighbour } from '../../support/neighbour-frames.ts';
import { type ParsedPacket, parsePacket, parseQuote } from '../../support/parse-packet.ts';
import { FAMILIES, PARTIES, tellStory } from '../../support/story.ts';

const TOO_BIG = { 4: { type: 3, code: 4 }, 6: { type: 2, code: 0 } };
const MAY_BE_CUT = { fragment: 0 };
const NARROW = 1400;

const identificationOf = (packet: Uint8Array) => ((packet[4] ?? 0) << 8) | (packet[5] ?? 0);

function only<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined || items.length !== 1)
    throw new Error(`Cannot go on: ${items.length} instead of one`);
  return item;
}

/** The largest segment size that a SYN announces as its only option. */
function mssOf(packet: Uint8Array, family: 4 | 6): number {
  const at = (family === 4 ? 40 : 60) + 2;
  return ((packet[at] ?? 0) << 8) | (packet[at + 1] ?? 0);
}

describe.each(FAMILIES)('Datapath, IPv%i', (family) => {
  const party = PARTIES[family];
  const fromAlice = joinEndpoint(party.alice, 40_000);
  const bank = joinEndpoint(party.bank, 443);
  const headers = family === 4 ? 28 : 48;
  const tcpHeaders = headers + 12;
  const superPacket = (segment: number) =>
    Uint8Array.of(
      1,
      family === 4 ? 1 : 4,
      tcpHeaders,
      0,
      segment & 0xff,
      segment >> 8,
      tcpHeaders - 20,
      0,
      16,
      0,
    );

  test.each([
    ['of UDP', buildUdp({ from: fromAlice, to: bank, payload: payloadOf(NARROW - headers + 1) })],
    ['of TCP', buildTcp({ from: fromAlice, to: bank, flags: 'S', payload: payloadOf(NARROW) })],
  ])(
    'U14 F7 F10 tells a client that a packet %s is too big for the uplink, and what fits',
    (_what, packet) => {
      const gateway = tellStory({ mtu: NARROW });
      const { wan, clients } = gateway.send(packet);
      expect(wan).toEqual([]);
      const told = parsePacket(only(clients));
      expect(told).toMatchObject({ from: party.router, to: party.alice, rest: NARROW, ...TOO_BIG[family] });
      expect(told.payload).toEqual(packet.subarray(0, told.payload.length));
      expect(told.payload.length).toBeGreaterThanOrEqual(headers);
      expect(gateway.counters.drops()).toEqual({ 'packet-too-big': 1 });
    },
  );

  test('U14 F10 tells it so also when the last packet before came in pieces, from another worker', () => {
    const gateway = tellStory({ mtu: NARROW });
    const left = parsePacket(only(gateway.send(buildRequest('udp', fromAlice, bank)).wan).packet);
    const answer = buildReply(left);
    const bytes = new Uint8Array(10 + answer.length);
    bytes.set(answer, 10);
    const etherType = family === 4 ? 0x0800 : 0x86dd;
    expect(gateway.receiveHanded({ bytes, etherType, uplink: 'wan', pieceBytes: 1280 })).toHaveLength(1);
    const { clients } = gateway.send(buildUdp({ from: fromAlice, to: bank, payload: payloadOf(NARROW) }));
    expect(parsePacket(only(clients))).toMatchObject({ rest: NARROW, ...TOO_BIG[family] });
    expect(gateway.takeOwn('wan')).toEqual([]);
  });

  test('U14 sends what just fits', () => {
    const gateway = tellStory({ mtu: NARROW });
    const packet = buildUdp({ from: fromAlice, to: bank, payload: payloadOf(NARROW - headers) });
    expect(only(gateway.send(packet).wan).packet).toHaveLength(NARROW);
  });

  test('U14 judges a super-packet by its segments', () => {
    const gateway = tellStory({ mtu: NARROW });
    gateway.send(buildRequest('tcp', fromAlice, bank));
    const packet = buildTcp({ from: fromAlice, to: bank, payload: payloadOf(9000), checksum: 'partial' });
    const fitting = NARROW - tcpHeaders;
    expect(gateway.send({ packet, vnet: superPacket(fitting) }).wan).toHaveLength(1);
    const { wan, clients, clientVnets } = gateway.send({ packet, vnet: superPacket(fitting + 1) });
    expect(wan).toEqual([]);
    expect(parsePacket(only(clients))).toMatchObject({ rest: NARROW, ...TOO_BIG[family] });
    expect(clientVnets).toEqual([new Uint8Array(10)]);
  });

  test('R4 tells no more than the limit of ICMP allows', () => {
    const gateway = tellStory({ mtu: NARROW });
    const packet = buildUdp({ from: fromAlice, to: bank, payload: payloadOf(NARROW) });
    const told = Array.from({ length: 80 }, () => gateway.send(packet).clients.length);
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(50);
    expect(gateway.counters.drops()).toEqual({ 'packet-too-big': 80, 'icmp-rate-limited': 30 });
  });

  test('R3 says nothing about an ICMP error that is too big', () => {
    const gateway = tellStory({ mtu: NARROW, clientMtu: 9000 });
    const left = parsePacket(only(gateway.send(buildRequest('udp', fromAlice, bank)).wan).packet);
    const answer = buildUdp({ from: left.to, to: left.from, payload: payloadOf(1390) });
    const quote = only(gateway.receive('wan', answer).clients);
    const error = buildIcmpError({ from: party.alice, to: party.bank, type: family === 4 ? 3 : 1, quote });
    expect(gateway.send(error)).toMatchObject({ wan: [], clients: [] });
    expect(gateway.counters.drops()).toEqual({ 'packet-too-big': 1 });
  });

  test('U14 F8 tells the internet what fits the way to the clients, from the egress address of the flow', () => {
    const gateway = tellStory({ clientMtu: NARROW });
    const left = parsePacket(only(gateway.send(buildRequest('udp', fromAlice, bank)).wan).packet);
    const answer = buildUdp({ from: left.to, to: left.from, payload: payloadOf(NARROW - headers + 1) });
    expect(gateway.receive('wan', answer).clients).toEqual([]);
    const told: ParsedPacket = parsePacket(only(gateway.takeOwn('wan')).packet);
    expect(told).toMatchObject({
      from: party.bankEgress,
      to: party.server,
      rest: NARROW,
      ...TOO_BIG[family],
    });
    expect(parseQuote(told.payload)).toMatchObject({ from: left.to, to: left.from });
    expect(gateway.counters.drops()).toEqual({ 'packet-too-big': 1 });
    const fitting = buildUdp({ from: left.to, to: left.from, payload: payloadOf(NARROW - headers) });
    expect(gateway.receive('wan', fitting).clients).toHaveLength(1);
  });

  test('F12 I5 passes on what the kernel finds too big behind the TUN', () => {
    const gateway = tellStory();
    const left = parsePacket(only(gateway.send(buildRequest('udp', fromAlice, bank)).wan).packet);
    const answer = buildUdp({ from: left.to, to: left.from, payload: payloadOf(1400) });
    const quote = only(gateway.receive('wan', answer).clients).subarray(0, 500);
    const host = family === 4 ? '10.64.0.1' : 'fd00:64::1';
    const error = buildIcmpError({ from: host, to: party.bank, ...TOO_BIG[family], rest: 1300, quote });
    const told = parsePacket(only(gateway.send(error).wan).packet);
    expect(told).toMatchObject({ from: party.bankEgress, to: party.server, rest: 1300, ...TOO_BIG[family] });
    expect(parseQuote(told.payload)).toMatchObject({ from: left.to, to: left.from });
  });

  test.each([
    ['a SYN', 'client'],
    ['a SYN-ACK', 'server'],
  ])('F11 lowers the segment size in %s to what fits the uplink', (_what, side) => {
    const gateway = tellStory({ mtu: NARROW });
    const tcpOptions = [2, 4, 0x22, 0x60]; // 8800
    const sent = buildTcp({ from: fromAlice, to: bank, flags: 'S', tcpOptions });
    const left = only(gateway.send(sent).wan).packet;
    const { from, to } = parsePacket(left);
    const answer = buildTcp({ from: to, to: from, flags: 'SA', tcpOptions });
    const clamped = side === 'client' ? left : only(gateway.receive('wan', answer).clients);
    parsePacket(clamped);
    expect(mssOf(clamped, family)).toBe(NARROW - tcpHeaders);
  });
});

describe('Datapath', () => {
  const { alice, bob, bank } = PARTIES[4];
  const to = joinEndpoint(bank, 443);

  test('U14 cuts a packet for the uplink whose sender allows it, and does not complain', () => {
    const gateway = tellStory({ mtu: NARROW });
    const packet = buildUdp({ from: `${alice}:7`, to, payload: payloadOf(3000), ...MAY_BE_CUT });
    expect(gateway.send(packet)).toMatchObject({ wan: [], clients: [] });
    expect(gateway.takeOwn('wan').map(({ packet: piece }) => piece.length)).toEqual([1396, 1396, 276]);
    expect(gateway.counters.drops()).toEqual({});
  });

  test('U14 cuts a packet that waits for its next hop as well', () => {
    const gateway = tellStory({ mtu: NARROW, areNextHopsKnown: false });
    gateway.send(buildUdp({ from: `${alice}:7`, to, payload: payloadOf(2000), ...MAY_BE_CUT }));
    gateway.takeOwn('wan');
    gateway.receive('wan', answerNeighbour(NEXT_HOPS.wan[0], NEXT_HOP_MAC, MAC.wan));
    const pieces = gateway.takeOwn('wan').filter(({ etherType }) => etherType === 0x0800);
    expect(pieces.map(({ packet }) => packet.length)).toEqual([1396, 28 + 2000 - 1376]);
    expect(new Set(pieces.map(({ packet }) => identificationOf(packet))).size).toBe(1);
    expect(gateway.counters.drops()).toEqual({});
  });

  describe('a super-packet whose sender lets others cut its segments, for a link that is too narrow,', () => {
    const PAYLOAD = payloadOf(3 * 1472 + 700);
    /** What a device says of a super-packet of UDP, with datagrams of 1472 bytes. */
    const UDP_VNET = Uint8Array.of(1, 5, 28, 0, 0xc0, 5, 20, 0, 6, 0);
    const TCP_VNET = Uint8Array.of(1, 1, 40, 0, 0xb4, 5, 20, 0, 16, 0);
    const segmentOf = (vnet: Uint8Array | undefined) => (vnet?.[4] ?? 0) + ((vnet?.[5] ?? 0) << 8);

    /** The datagrams that pieces belong to, whole; each must be right. */
    function joinAll(pieces: readonly Uint8Array[]): ParsedPacket[] {
      for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(NARROW);
      const numbers = [...new Set(pieces.map(identificationOf))];
      return numbers.map((number) => {
        const own = pieces.filter((piece) => identificationOf(piece) === number);
        const [first = new Uint8Array(20)] = own;
        const payload = own.flatMap((piece) => [...piece.subarray(20)]);
        const length = 20 + payload.length;
        const whole = patch(first.slice(0, 20), 2, length >> 8, length & 255, ...first.subarray(4, 6), 0, 0);
        const header = patch(whole, 10, 0, 0);
        const sum = checksumOf(header);
        return parsePacket(Uint8Array.of(...patch(header, 10, sum >> 8, sum & 255), ...payload));
      });
    }

    test('U14 leaves in segments that fit, of TCP', () => {
      const gateway = tellStory({ mtu: NARROW });
      const ends = { from: `${alice}:7`, to, payload: payloadOf(6000), ...MAY_BE_CUT };
      const packet = buildTcp({ ...ends, flags: 'S', checksum: 'partial' });
      const left = only(gateway.send({ packet, vnet: TCP_VNET }).wan);
      expect(left.packet).toHaveLength(6040);
      expect(segmentOf(left.vnet)).toBe(NARROW - 40);
      expect(gateway.counters.drops()).toEqual({});
    });

    test('U14 leaves as its datagrams, each in pieces, of UDP', () => {
      const gateway = tellStory({ mtu: NARROW });
      const ends = { from: `${alice}:7`, to, payload: PAYLOAD, ...MAY_BE_CUT };
      const packet = buildUdp({ ...ends, checksum: 'partial' });
      expect(gateway.send({ packet, vnet: UDP_VNET })).toMatchObject({ wan: [], clients: [] });
      const frames = gateway.takeOwn('wan');
      expect(frames.every(({ vnet }) => vnet.every((byte) => byte === 0))).toBe(true);
      const datagrams = joinAll(frames.map(({ packet: piece }) => piece));
      expect(datagrams.map(({ payload }) => payload.length)).toEqual([1472, 1472, 1472, 700]);
      expect(Uint8Array.from(datagrams.flatMap(({ payload }) => [...payload]))).toEqual(PAYLOAD);
      expect(gateway.counters.drops()).toEqual({});
    });

    test('U14 arrives so at the clients, of TCP and of UDP', () => {
      const gateway = tellStory({ clientMtu: NARROW });
      const [udp, tcp] = [
        only(gateway.send(buildUdp({ from: `${alice}:7`, to })).wan),
        only(gateway.send(buildTcp({ from: `${alice}:8`, to, flags: 'S' })).wan),
      ].map(({ packet }) => parsePacket(packet));
      if (udp === undefined || tcp === undefined) throw new Error('Cannot go on: nothing left');
      const back = ({ from, to: peer }: ParsedPacket) => ({ from: peer, to: from, ...MAY_BE_CUT });
      const segments = buildTcp({ ...back(tcp), payload: payloadOf(6000), checksum: 'partial' });
      const arrived = gateway.receive('wan', { packet: segments, vnet: TCP_VNET });
      expect(arrived.clientVnets.map(segmentOf)).toEqual([NARROW - 40]);
      const datagrams = buildUdp({ ...back(udp), payload: PAYLOAD, checksum: 'partial' });
      expect(gateway.receive('wan', { packet: datagrams, vnet: UDP_VNET }).clients).toEqual([]);
      const joined = joinAll(gateway.takePieces());
      expect(joined.map(({ payload }) => payload.length)).toEqual([1472, 1472, 1472, 700]);
      expect(joined.map(({ from }) => from)).toEqual(Array(4).fill(to));
    });

    test('U14 F13 has its checksum finished before it is cut, when a device was to do it', () => {
      const gateway = tellStory({ mtu: NARROW });
      const ends = { from: `${alice}:7`, to, payload: payloadOf(2000), ...MAY_BE_CUT };
      const vnet = Uint8Array.of(1, 0, 0, 0, 0, 0, 20, 0, 6, 0);
      gateway.send({ packet: buildUdp({ ...ends, checksum: 'partial' }), vnet });
      const pieces = gateway.takeOwn('wan').map(({ packet }) => packet);
      expect(only(joinAll(pieces)).payload).toEqual(payloadOf(2000));
    });
  });

  test('P10 numbers packets of two clients that share an egress address apart, though their own numbers are the same', () => {
    const gateway = tellStory({ rules: [] });
    const numbers = new Set<number>();
    for (let round = 0; round < 500; round++) {
      for (const client of [alice, bob]) {
        const packet = buildUdp({ from: `${client}:7`, to, ...MAY_BE_CUT });
        const frame = only(gateway.send(packet).wan).packet;
        expect(sourceOf(parsePacket(frame)).address).toBe(PARTIES[4].defaultEgress);
        numbers.add(identificationOf(frame));
      }
    }
    expect(numbers.size).toBe(1000);
  });

  test('P10 leaves room for the numbers that a device gives to segments', () => {
    const gateway = tellStory();
    const fields = { from: `${alice}:7`, to, ...MAY_BE_CUT };
    const numberOf = (packet: Uint8Array, vnet = new Uint8Array(10)) =>
      identificationOf(only(gateway.send({ packet, vnet }).wan).packet);
    const first = numberOf(buildTcp({ ...fields, flags: 'S' }));
    const vnet = Uint8Array.of(1, 1, 40, 0, 100, 0, 20, 0, 16, 0);
    expect(numberOf(buildTcp({ ...fields, payload: payloadOf(950), checksum: 'partial' }), vnet)).toBe(
      (first + 1) & 0xffff,
    );
    expect(numberOf(buildTcp(fields))).toBe((first + 11) & 0xffff);
  });
});
