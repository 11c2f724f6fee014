/** RFC 8200 sections 4.5 and 5: nobody but its sender decides how an IPv6 packet is cut (rows U14, F4 and F10). */
import { describe, expect, test } from 'vitest';
import { joinEndpoint } from '../../support/address-text.ts';
import { buildTcp, buildUdp, payloadOf } from '../../support/build-packet.ts';
import type { DatapathFixture } from '../../support/datapath-fixture.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { cutIntoPieces, joinPieces } from '../../support/pieces.ts';
import { PARTIES, tellStory } from '../../support/story.ts';

const party = PARTIES[6];
const fromAlice = joinEndpoint(party.alice, 40_000);
const bank = joinEndpoint(party.bank, 443);

/** A hop-by-hop header, and destination options, of padding. */
const HOP_BY_HOP = { type: 0, body: [0, 0, 1, 4, 0, 0, 0, 0] };
const DESTINATION = { type: 60, body: [0, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] };

/** What leaves the gateway by its uplink: the frames of the batch, and its own. */
function leave(gateway: DatapathFixture, pieces: readonly Uint8Array[]): Uint8Array[] {
  const { wan, clients } = gateway.send(...pieces);
  expect(clients).toEqual([]);
  return [...wan, ...gateway.takeOwn('wan')].map(({ packet }) => packet);
}

describe('a packet that its sender has cut', () => {
  // 1400 bytes are no more than the uplink carries, but more than the path behind it does.
  const packet = buildUdp({ from: fromAlice, to: bank, payload: payloadOf(1400 - 48) });

  test.each([
    ['for a path of 1280 bytes', 1232, 1280],
    ['for a path of 1360 bytes', 1312, 1360],
    ['smaller than any path demands', 600, 1280],
  ])(
    'F10 U14 leaves in pieces that are no larger than they came, or than every link takes: %s',
    (_why, bytes, most) => {
      const gateway = tellStory();
      const left = leave(gateway, cutIntoPieces(packet, bytes));
      expect(Math.max(...left.map(({ length }) => length))).toBeLessThanOrEqual(most);
      const whole = parsePacket(joinPieces(left));
      expect(whole).toMatchObject({
        to: joinEndpoint(party.server, 443),
        payload: parsePacket(packet).payload,
      });
      expect(gateway.counters.drops()).toEqual({});
    },
  );

  test('F10 U14 arrives so at a client behind a narrower link, and whole ones after it whole', () => {
    const gateway = tellStory();
    const [request = packet] = leave(gateway, [buildUdp({ from: fromAlice, to: bank })]);
    const { from, to } = parsePacket(request);
    const reply = buildUdp({ from: to, to: from, payload: payloadOf(1400 - 48) });
    expect(gateway.receive('wan', ...cutIntoPieces(reply, 1232)).clients).toEqual([]);
    const pieces = gateway.takePieces();
    expect(pieces.map(({ length }) => length)).toEqual([1280, 1400 - 1232 - 40 + 48]);
    expect(parsePacket(joinPieces(pieces))).toMatchObject({ from: bank, to: fromAlice });
    expect(gateway.receive('wan', reply).clients.map(({ length }) => length)).toEqual([1400]);
  });

  test.each([
    ['the whole TCP header (RFC 7112 section 5)', buildTcp({ from: fromAlice, to: bank, flags: 'S' }), 16],
    [
      'what stands behind the options for the destination',
      buildUdp({ from: fromAlice, to: bank, payload: payloadOf(16), extensionHeaders: [DESTINATION] }),
      16,
    ],
  ])('F4 goes nowhere if its first piece lacks %s', (_what, packet, bytes) => {
    const gateway = tellStory();
    expect(leave(gateway, cutIntoPieces(packet, bytes))).toEqual([]);
    expect(gateway.counters.drops()).toEqual({ 'fragment-malformed': 1 });
  });

  test('F4 goes nowhere with options for every hop behind the fragment header', () => {
    const gateway = tellStory();
    const hidden = buildUdp({ from: fromAlice, to: bank, extensionHeaders: [HOP_BY_HOP] });
    expect(leave(gateway, cutIntoPieces(hidden, 1000, 40))).toEqual([]);
    expect(gateway.counters.drops()).toEqual({ 'fragment-malformed': 1 });
  });

  test.each([
    ['no room at all', 1440],
    ['hardly any room', 1432],
    ['more than the link takes', 2048],
  ])('U14 F4 is refused if its options for every hop leave %s for anything else', (_how, bytes) => {
    const gateway = tellStory();
    const padding = Array.from({ length: (bytes - 8) / 8 }, () => [1, 6, 0, 0, 0, 0, 0, 0]).flat();
    const extensionHeaders = [{ type: 0, body: [0, bytes / 8 - 1, 1, 4, 0, 0, 0, 0, ...padding] }];
    const options = buildUdp({ from: fromAlice, to: bank, payload: payloadOf(3000), extensionHeaders });
    const { wan, clients } = gateway.send(...cutIntoPieces(options, 1408, 40 + bytes));
    expect([...wan, ...gateway.takeOwn('wan')]).toEqual([]);
    expect(clients.map((packet) => parsePacket(packet).type)).toEqual([2]);
    expect(gateway.counters.drops()).toEqual({ 'packet-too-big': 1 });
  });

  test.each([
    ['options for every hop', [HOP_BY_HOP], 48],
    ['options for the destination', [DESTINATION], 40],
    ['options for the destination, before the fragment header', [DESTINATION], 56],
    ['both', [HOP_BY_HOP, DESTINATION], 48],
  ])('F4 U14 is cut again with %s', (_which, extensionHeaders, head) => {
    const gateway = tellStory();
    const optional = buildUdp({ from: fromAlice, to: bank, payload: payloadOf(3000), extensionHeaders });
    const left = leave(gateway, cutIntoPieces(optional, 1208, head));
    expect(Math.max(...left.map(({ length }) => length))).toBeLessThanOrEqual(1280);
    const whole = parsePacket(joinPieces(left));
    expect(whole).toEqual({
      ...parsePacket(optional),
      from: whole.from,
      to: whole.to,
      checksum: whole.checksum,
    });
    expect(whole.from).toMatch(party.bankEgress);
    expect(gateway.counters.drops()).toEqual({});
  });
});
