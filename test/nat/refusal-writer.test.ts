import { describe, expect, test } from 'vitest';
import { RefusalWriter } from '../../src/nat/refusal-writer.ts';
import { PacketView } from '../../src/wire/packet-view.ts';
import { addressWords, joinEndpoint } from '../support/address-text.ts';
import {
  buildEcho,
  buildIcmp,
  buildIcmpError,
  buildTcp,
  buildUdp,
  payloadOf,
} from '../support/build-packet.ts';
import { STORY } from '../support/nat-fixture.ts';
import { parsePacket } from '../support/parse-packet.ts';

const FAMILIES = [4, 6] as const;
const ROUTER = { 4: '10.64.0.1', 6: 'fd00:64::1' } as const;
const MOST_BYTES = { 4: 576, 6: 1280 } as const;
const HEAD_ROOM = 24;

/** The answer that overwrites a packet in its slot of a batch, or undefined for none. */
function refuse(
  packet: Uint8Array,
  write: (writer: RefusalWriter, view: PacketView) => number,
): Uint8Array | undefined {
  const slot = new Uint8Array(HEAD_ROOM + Math.max(packet.length, 1280) + 100).fill(0xee);
  slot.set(packet, HEAD_ROOM);
  const view = new PacketView(new DataView(slot.buffer));
  const refused = view.decode(HEAD_ROOM, packet.length);
  if (refused !== undefined) throw new Error(`Cannot decode packet: ${refused}`);
  const writer = new RefusalWriter({ 4: addressWords(ROUTER[4]), 6: addressWords(ROUTER[6]) });
  const length = write(writer, view);
  expect(slot.subarray(0, HEAD_ROOM).every((byte) => byte === 0xee)).toBe(true);
  if (length > packet.length) expect(slot[HEAD_ROOM + length]).toBe(0xee);
  return length === 0 ? undefined : slot.slice(HEAD_ROOM, HEAD_ROOM + length);
}

const reset = (packet: Uint8Array) => refuse(packet, (writer, view) => writer.writeReset(view));
const unreachable = (packet: Uint8Array, refusal: 'prohibited' | 'unreachable' = 'prohibited') =>
  refuse(packet, (writer, view) => writer.writeUnreachable(view, refusal));

describe.each(FAMILIES)('RefusalWriter.writeReset, IPv%i', (family) => {
  const ends = {
    from: joinEndpoint(STORY[family].client, 40_000),
    to: joinEndpoint(STORY[family].inner, 443),
  };

  test.each([
    { flags: 'S', payload: 0, acknowledged: 1001 },
    { flags: 'S', payload: 300, acknowledged: 1301 }, // X8: fast open
    { flags: 'SEC', payload: 0, acknowledged: 1001 },
  ])('I8 acknowledges what it refuses: $flags with $payload bytes', ({ flags, payload, acknowledged }) => {
    const answer = reset(buildTcp({ ...ends, flags, sequence: 1000, payload: payloadOf(payload) }));
    expect(parsePacket(answer ?? payloadOf(0))).toMatchObject({
      ...{ from: ends.to, to: ends.from, flags: 'RA' },
      ...{ sequence: 0, acknowledgment: acknowledged, payload: payloadOf(0) },
    });
  });

  test.each(['A', 'SA', 'FA', 'PA', 'FPA'])('X9 takes the sequence that %s acknowledges', (flags) => {
    const packet = buildTcp({
      ...ends,
      flags,
      sequence: 5,
      acknowledgment: 0xdead_beef,
      payload: payloadOf(70),
    });
    expect(parsePacket(reset(packet) ?? payloadOf(0))).toMatchObject({
      ...{ from: ends.to, to: ends.from, flags: 'R' },
      ...{ sequence: 0xdead_beef, acknowledgment: 0 },
    });
  });

  test('I8 wraps the acknowledgment around 2^32', () => {
    const answer = reset(buildTcp({ ...ends, flags: 'S', sequence: 0xffff_ffff, payload: payloadOf(9) }));
    expect(parsePacket(answer ?? payloadOf(0)).acknowledgment).toBe(9);
  });

  test('I8 counts the payload behind options of either header', () => {
    const ip =
      family === 4
        ? { ipOptions: [136, 4, 0, 7, 1, 1, 1, 0] }
        : { extensionHeaders: [{ type: 60, body: [0, 0, 1, 4, 0, 0, 0, 0] }] };
    const tcpOptions = [2, 4, 5, 0xb4, 1, 1, 1, 0];
    const packet = buildTcp({ ...ends, ...ip, tcpOptions, flags: 'S', sequence: 10, payload: payloadOf(7) });
    expect(parsePacket(reset(packet) ?? payloadOf(0)).acknowledgment).toBe(18);
  });

  test.each(['R', 'RA'])('answers no reset with another: %s', (flags) => {
    expect(reset(buildTcp({ ...ends, flags }))).toBeUndefined();
  });
});

describe.each(FAMILIES)('RefusalWriter.writeUnreachable, IPv%i', (family) => {
  const { client, inner } = STORY[family];
  const ends = { from: joinEndpoint(client, 40_000), to: joinEndpoint(inner, 443) };

  test.each([
    { name: 'TCP', packet: buildTcp({ ...ends, flags: 'S' }) },
    { name: 'UDP', packet: buildUdp({ ...ends, payload: payloadOf(77) }) },
    { name: 'an echo', packet: buildEcho({ from: client, to: inner, identifier: 7 }) },
    { name: 'an echo reply', packet: buildEcho({ from: client, to: inner, identifier: 7, reply: true }) },
  ])('I8 R1 tells the sender of $name, and quotes it as it came', ({ packet }) => {
    const answer = parsePacket(unreachable(packet) ?? payloadOf(0));
    expect(answer).toMatchObject({ protocol: 'icmp', from: ROUTER[family], to: client, rest: 0 });
    expect(answer.payload).toEqual(packet);
  });

  test.each([
    { refusal: 'prohibited', code: { 4: 13, 6: 1 } },
    { refusal: 'unreachable', code: { 4: 1, 6: 3 } },
  ] as const)('I8 G11 says $refusal in the code', ({ refusal, code }) => {
    const answer = parsePacket(unreachable(buildUdp(ends), refusal) ?? payloadOf(0));
    expect([answer.type, answer.code]).toEqual([family === 4 ? 3 : 1, code[family]]);
  });

  test('R2 quotes as much as fits, and no more', () => {
    const most = MOST_BYTES[family];
    const overhead = family === 4 ? 28 : 48;
    for (const length of [most - overhead - 1, most - overhead, most - overhead + 1, 1400, 9000]) {
      const packet = buildUdp({ ...ends, payload: payloadOf(length - overhead) });
      expect(packet.length).toBe(length);
      const answer = unreachable(packet) ?? payloadOf(0);
      expect(answer.length).toBe(Math.min(length + overhead, most));
      expect(parsePacket(answer).payload).toEqual(packet.subarray(0, most - overhead));
    }
  });

  test('R3 answers no error, nor any ICMP message that is no echo', () => {
    const quote = buildUdp({ from: ends.to, to: ends.from });
    for (const type of [1, 2, 3, 4, 5, 11, 12, 13, 17, 133, 137]) {
      expect(unreachable(buildIcmpError({ from: client, to: inner, type, quote }))).toBeUndefined();
    }
    expect(unreachable(buildIcmp({ from: client, to: inner }, new Uint8Array(8).fill(200)))).toBeUndefined();
  });
});
