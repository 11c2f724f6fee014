/**
 * What a packet of a known flow costs in garbage: nothing. The heap may grow by what the engine itself needs, far below a
 * single object a packet.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { Translator } from '../../src/nat/translator.ts';
import { PacketView } from '../../src/wire/packet-view.ts';
import { buildEcho, buildIcmpError, buildTcp, buildUdp, payloadOf } from '../support/build-packet.ts';
import { bytesOf, createNat, STORY } from '../support/nat-fixture.ts';
import { parsePacket } from '../support/parse-packet.ts';

const PACKETS = 250_000;
/** Until the engine has compiled for good, numbers beyond 31 bits are objects. */
const WARM_UP = 250_000;
const ATTEMPTS = 4;
/** The smallest object is sixteen times as much. */
const BYTES_A_PACKET = 1;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/**
 * Bytes that the heap grew by, per call, once the engine has compiled for good: on a busy machine its compiler threads may
 * be late, so a first or second bad figure does not count yet.
 */
function bytesPerCall(step: (round: number) => void): number {
  for (let round = 0; round < WARM_UP; round++) step(round);
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && least >= BYTES_A_PACKET; attempt++) {
    least = Math.min(least, growthPerCall(step));
  }
  return least;
}

/** In small parts, since a collection in between hides what came before it. */
function growthPerCall(step: (round: number) => void): number {
  collectGarbage();
  let grown = 0;
  let before = process.memoryUsage().heapUsed;
  for (let part = 0; part < 20; part++) {
    for (let round = 0; round < PACKETS / 20; round++) step(round);
    const after = process.memoryUsage().heapUsed;
    if (after > before) grown += after - before;
    before = after;
  }
  return grown / PACKETS;
}

/** A batch's slot that is filled with a packet again and again. */
function slotOf(packet: Uint8Array) {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  const fill = () => bytes.set(packet, 24);
  fill();
  return { view, fill, length: packet.length };
}

/** Runs a packet through a step of the translator; the packets that were dropped. */
function measure(
  packet: Uint8Array,
  step: (view: PacketView) => unknown,
): { bytes: number; dropped: number } {
  const slot = slotOf(packet);
  const view = new PacketView(slot.view);
  let dropped = 0;
  const bytes = bytesPerCall(() => {
    slot.fill();
    if (view.decode(24, slot.length) !== undefined || typeof step(view) !== 'number') dropped++;
  });
  return { bytes, dropped };
}

const outward = (translator: Translator) => (view: PacketView) => {
  const id = translator.findInside(view);
  if (id !== -1) translator.outbound(id, view, false);
  return id === -1 ? 'no flow' : id;
};

const inward = (translator: Translator) => (view: PacketView) => {
  const id = translator.findOutside(view);
  if (id !== -1) translator.inbound(id, view, false);
  return id === -1 ? 'no flow' : id;
};

test('the measurement sees one small object a call', () => {
  const kept: unknown[] = [{}];
  const bytes = bytesPerCall((round) => {
    kept[0] = { round };
  });
  expect(kept).toHaveLength(1);
  expect(bytes).toBeGreaterThan(8 * BYTES_A_PACKET);
});

/** Addresses from 128.0.0.0 on and IPv6 words do not fit in 31 bits: as numbers they would be objects if passed along. */
describe.each([4, 6] as const)('Translator, IPv%i', (family) => {
  const { client, inner, remote, egress } = STORY[family];
  const at = (address: string, port: number) =>
    family === 4 ? `${address}:${port}` : `[${address}]:${port}`;
  const route = { remote, egress };
  const ends = { from: at(client, 40_000), to: at(inner, 443) };

  test.each([
    { name: 'TCP', sent: buildTcp({ ...ends, payload: payloadOf(100) }) },
    { name: 'UDP', sent: buildUdp({ ...ends, payload: payloadOf(100) }) },
    { name: 'an echo', sent: buildEcho({ from: client, to: inner, identifier: 7 }) },
  ])('outbound allocates nothing for $name', ({ sent }) => {
    const nat = createNat();
    nat.send(sent, route);
    const { bytes, dropped } = measure(sent, outward(nat.translator));
    expect(dropped).toBe(0);
    expect(bytes).toBeLessThan(BYTES_A_PACKET);
  });

  test.each([
    { name: 'TCP', build: buildTcp },
    { name: 'UDP', build: buildUdp },
  ])('inbound allocates nothing for $name', ({ build }) => {
    const nat = createNat();
    const outside = parsePacket(bytesOf(nat.send(build(ends), route))).from;
    const answer = build({ from: at(remote, 443), to: outside, payload: payloadOf(100) });
    const { bytes, dropped } = measure(answer, inward(nat.translator));
    expect(dropped).toBe(0);
    expect(bytes).toBeLessThan(BYTES_A_PACKET);
  });

  test('inboundError allocates nothing', () => {
    const isInside = () => false;
    const nat = createNat();
    const quote = bytesOf(nat.send(buildUdp(ends), route));
    const error = buildIcmpError({ from: remote, to: egress, type: family === 4 ? 3 : 1, quote });
    const { bytes, dropped } = measure(error, (view) => nat.translator.inboundError(view, isInside));
    expect(dropped).toBe(0);
    expect(bytes).toBeLessThan(BYTES_A_PACKET);
  });

  test('findInside and findOutside allocate nothing for a packet of no flow', () => {
    const nat = createNat();
    nat.send(buildUdp(ends), route);
    const stray = buildUdp({ from: at(remote, 9), to: at(egress, 9) });
    const { bytes } = measure(stray, (view) => {
      nat.translator.findInside(view);
      nat.translator.findOutside(view);
    });
    expect(bytes).toBeLessThan(BYTES_A_PACKET);
  });
});
