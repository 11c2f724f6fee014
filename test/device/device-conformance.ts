/**
 * What every `PacketDevice` keeps, told of two devices where one receives what the other sends. Plain assertions, so
 * that the same cases run under vitest in memory and in a child process inside a network namespace.
 */
import assert from 'node:assert/strict';
import { constants } from 'node:os';

import { copySlot } from '../../src/device/copy-slot.ts';
import { BATCH_CAPACITY, LIST_CAPACITY, PacketBatch, SendList } from '../../src/device/packet-batch.ts';
import type { PacketDevice } from '../../src/device/packet-device.ts';
import { fillSuperPacket, fillUdp, LENGTH, readVnet } from './sample-packets.ts';

export interface DevicePair {
  readonly near: PacketDevice;
  readonly far: PacketDevice;
}

export interface ConformanceCase {
  readonly name: string;
  /** Not for a device of plain packets. */
  readonly needsSuperPackets?: true;
  run(pair: DevicePair): void;
}

const PATIENCE_MS = 2000;

export const CONFORMANCE: readonly ConformanceCase[] = [
  {
    name: 'receives nothing, and says so, when nothing waits',
    run({ near }) {
      const batch = new PacketBatch();
      batch.count = 7;
      assert.equal(near.receive(batch), 0);
      assert.equal(batch.count, 0);
    },
  },
  {
    name: 'delivers packets of both IP versions whole, in order, with length and EtherType',
    run(pair) {
      const batch = new PacketBatch();
      const lengths = [48, 1500, 60, 577];
      lengths.forEach((length, slot) => {
        fillUdp(batch, slot, { version: slot % 2 === 0 ? 4 : 6, length, tag: slot });
      });
      const { sent, got } = cross(pair, batch, [0, 1, 2, 3]);
      assert.equal(sent, 4);
      assert.deepEqual(lengthsOf(got), lengths);
      assert.deepEqual([...got.etherTypes.subarray(0, 4)], [0x0800, 0x86dd, 0x0800, 0x86dd]);
      for (const slot of lengths.keys()) assert.deepEqual(packetOf(got, slot), packetOf(batch, slot));
    },
  },
  {
    name: 'sends the listed slots alone, in the order of the list, one of them twice',
    run(pair) {
      const batch = new PacketBatch();
      for (let slot = 0; slot < 8; slot++) fillUdp(batch, slot, { length: 100 + slot, tag: slot });
      const { sent, got } = cross(pair, batch, [6, 1, 3, 1]);
      assert.equal(sent, 4);
      assert.deepEqual(lengthsOf(got), [106, 101, 103, 101]);
    },
  },
  {
    name: 'leaves a slot as it was after sending it',
    needsSuperPackets: true,
    run(pair) {
      const batch = new PacketBatch();
      fillSuperPacket(batch, 0, 20_000);
      const before = batch.bytes.slice(0, batch.packetAt(0) + 20_000);
      cross(pair, batch, [0]);
      assert.deepEqual(batch.bytes.slice(0, before.length), before);
      assert.equal(batch.lengths[0], 20_000);
    },
  },
  {
    name: 'carries a full batch, and keeps for the next receive what does not fit',
    run({ near, far }) {
      const batch = new PacketBatch();
      for (let slot = 0; slot < BATCH_CAPACITY; slot++)
        fillUdp(batch, slot, { length: 64 + slot, tag: slot });
      assert.equal(near.send(batch, listOf([...batch.lengths.keys()])), BATCH_CAPACITY);
      const got = collect(far, BATCH_CAPACITY, BATCH_CAPACITY - 4);
      assert.deepEqual(lengthsOf(got), [...batch.lengths]);
    },
  },
  {
    name: 'carries a super-packet whole, its virtio-net header counting from the IP header',
    needsSuperPackets: true,
    run(pair) {
      const batch = new PacketBatch();
      fillSuperPacket(batch, 2, LENGTH.largest);
      const { got } = cross(pair, batch, [2]);
      assert.equal(got.lengths[0], LENGTH.largest);
      assert.deepEqual(packetOf(got, 0), packetOf(batch, 2));
      const { hdrLen, ...header } = readVnet(got, 0);
      assert.deepEqual(header, { flags: 1, gsoType: 1, gsoSize: 1448, csumStart: 20, csumOffset: 16 });
      assert.ok(hdrLen <= LENGTH.largest, `hdr_len ${hdrLen}`);
    },
  },
  {
    name: 'takes an empty list for nothing',
    run({ near }) {
      assert.equal(near.send(new PacketBatch(), new SendList()), 0);
    },
  },
  {
    name: 'refuses a list that is longer than any may be',
    run({ near }) {
      const list = new SendList(LIST_CAPACITY + 1);
      for (let i = 0; i <= LIST_CAPACITY; i++) list.push(0);
      assert.throws(() => near.send(new PacketBatch(), list), RangeError);
    },
  },
  {
    name: 'loses an empty slot alone, by name, and sends what stands around it',
    run({ near, far }) {
      const batch = new PacketBatch();
      fillUdp(batch, 0, { length: 80, tag: 0 });
      fillUdp(batch, 2, { length: 82, tag: 2 });
      assert.equal(near.send(batch, listOf([0, 1, 2])), 2);
      assert.deepEqual([...near.failures.errnos.subarray(0, 3)], [0, constants.errno.EINVAL, 0]);
      assert.deepEqual(lengthsOf(collect(far, 2)), [80, 82]);
    },
  },
  {
    name: 'is silent once closed, twice closed too',
    run({ near }) {
      near.close();
      near.close();
      const batch = new PacketBatch();
      fillUdp(batch, 0, { length: 80, tag: 0 });
      assert.equal(near.receive(batch), 0);
      assert.equal(near.send(batch, listOf([0])), 0);
      assert.equal(near.failures.errnos[0], constants.errno.EBADF);
    },
  },
];

/** Sends the slots from near and waits until as many have come to far. */
function cross({ near, far }: DevicePair, batch: PacketBatch, slots: number[]) {
  const sent = near.send(batch, listOf(slots));
  return { sent, got: collect(far, slots.length) };
}

/** Gathers what comes in one call or, from a real device, in several; `capacity` is that of each call. */
function collect(device: PacketDevice, wanted: number, capacity = BATCH_CAPACITY): PacketBatch {
  const all = new PacketBatch();
  const part = new PacketBatch(capacity);
  const deadline = performance.now() + PATIENCE_MS;
  while (all.count < wanted) {
    assert.ok(
      performance.now() < deadline,
      `${all.count} of ${wanted} packets came within ${PATIENCE_MS} ms`,
    );
    assert.equal(device.receive(part), part.count);
    for (let slot = 0; slot < part.count; slot++) copySlot(part, slot, all, all.count++);
  }
  assert.equal(all.count, wanted);
  return all;
}

function listOf(slots: number[]): SendList {
  const list = new SendList();
  for (const slot of slots) list.push(slot);
  return list;
}

function lengthsOf(batch: PacketBatch): number[] {
  return [...batch.lengths.subarray(0, batch.count)];
}

function packetOf(batch: PacketBatch, slot: number): string {
  const at = batch.packetAt(slot);
  return Buffer.from(batch.bytes.subarray(at, at + (batch.lengths[slot] ?? 0))).toString('hex');
}
