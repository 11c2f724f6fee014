import { describe, expect, test } from 'vitest';
import { PacketBatch } from '../../../../src/device/packet-batch.ts';
import { PendingPackets, restorePacket } from '../../../../src/gateway/datapath/uplink/pending-packets.ts';
import { payloadOf } from '../../../support/build-packet.ts';

const BATCH = new PacketBatch(2);

function fill(slot: number, length: number, etherType = 0x0800): void {
  BATCH.bytes.set(payloadOf(10), BATCH.vnetAt(slot));
  BATCH.bytes.set(payloadOf(length), BATCH.packetAt(slot));
  BATCH.lengths[slot] = length;
  BATCH.etherTypes[slot] = etherType;
}

function countExpired(pending: PendingPackets, nowMs: number): number {
  let expired = 0;
  pending.release(
    () => false,
    nowMs,
    () => expired++,
  );
  return expired;
}

describe('PendingPackets', () => {
  test('gives back a copy, whatever becomes of the slot', () => {
    const pending = new PendingPackets();
    fill(0, 500, 0x86dd);
    expect(pending.hold(BATCH, 0, 3, 1000)).toBe(true);
    BATCH.bytes.fill(0);
    const [packet] = pending.release(
      (hop) => hop === 3,
      1000,
      () => {},
    );
    if (packet === undefined) throw new Error('Cannot go on: nothing was released');
    restorePacket(packet, BATCH, 1);
    expect(BATCH.bytes.slice(BATCH.vnetAt(1), BATCH.packetAt(1))).toEqual(payloadOf(10));
    expect(BATCH.bytes.slice(BATCH.packetAt(1), BATCH.packetAt(1) + 500)).toEqual(payloadOf(500));
    expect([BATCH.lengths[1], BATCH.etherTypes[1]]).toEqual([500, 0x86dd]);
    expect(pending.isEmpty).toBe(true);
  });

  test('releases only what can go, in order', () => {
    const pending = new PendingPackets();
    for (const [length, hop] of [
      [1, 0],
      [2, 1],
      [3, 0],
    ] as const) {
      fill(0, length);
      pending.hold(BATCH, 0, hop, 0);
    }
    const lengthsFor = (hop: number) =>
      pending
        .release(
          (candidate) => candidate === hop,
          0,
          () => {},
        )
        .map(({ bytes }) => bytes.length - 10);
    expect(lengthsFor(0)).toEqual([1, 3]);
    expect(lengthsFor(0)).toEqual([]);
    expect(lengthsFor(1)).toEqual([2]);
  });

  test('forgets what has waited for three seconds, and says how much', () => {
    const pending = new PendingPackets();
    fill(0, 1);
    pending.hold(BATCH, 0, 0, 0);
    pending.hold(BATCH, 0, 0, 1000);
    expect(countExpired(pending, 2999)).toBe(0);
    expect(countExpired(pending, 3000)).toBe(1);
    expect(countExpired(pending, 4000)).toBe(1);
    expect(pending.isEmpty).toBe(true);
  });

  test('keeps no packet of more than 16 KiB', () => {
    const pending = new PendingPackets();
    fill(0, 16_385);
    expect(pending.hold(BATCH, 0, 0, 0)).toBe(false);
    expect(pending.isEmpty).toBe(true);
    fill(0, 16_384);
    expect(pending.hold(BATCH, 0, 0, 0)).toBe(true);
  });

  test('keeps the newest 64: what waits for nobody makes room', () => {
    const pending = new PendingPackets();
    fill(0, 100);
    const held = Array.from({ length: 70 }, (_, hop) => pending.hold(BATCH, 0, hop, 0));
    expect(held.filter((isWhole) => !isWhole)).toHaveLength(6);
    const released = pending.release(
      () => true,
      0,
      () => {},
    );
    expect(released.map(({ hop }) => hop)).toEqual(Array.from({ length: 64 }, (_, index) => index + 6));
  });
});
