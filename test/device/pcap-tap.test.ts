import { expect, it } from 'vitest';

import { LoopbackDevice } from '../../src/device/loopback-device.ts';
import { PacketBatch, SendList } from '../../src/device/packet-batch.ts';
import { PcapTap } from '../../src/device/pcap-tap.ts';
import { fillUdp } from './sample-packets.ts';

const NOW = 1_700_000_000_123.456;

function openTap() {
  const [near, far] = LoopbackDevice.pair(1);
  const written: Uint8Array[] = [];
  const tap = new PcapTap(near, { write: (bytes) => written.push(bytes), now: () => NOW });
  return { tap, far, written };
}

function oneOf(slot: number): SendList {
  const list = new SendList();
  list.push(slot);
  return list;
}

it('PcapTap begins with the header of a version 2.4 file of raw IP packets', () => {
  const { written } = openTap();
  expect(Buffer.concat(written).toString('hex')).toBe(
    'd4c3b2a1020004000000000000000000000004006500' + '0000',
  );
});

it('PcapTap records what is sent and what is received, with the time it is given', () => {
  const { tap, far, written } = openTap();
  const batch = new PacketBatch();
  fillUdp(batch, 0, { length: 61, tag: 1 });
  fillUdp(batch, 1, { version: 6, length: 62, tag: 2 });
  tap.send(batch, oneOf(0));
  far.send(batch, oneOf(1));
  tap.receive(new PacketBatch());
  const [, sent, received] = written;
  for (const [bytes, length, slot] of [[sent, 61, 0] as const, [received, 62, 1] as const]) {
    const view = new DataView(bytes?.buffer ?? new ArrayBuffer(0));
    const header = [0, 4, 8, 12].map((at) => view.getUint32(at, true));
    expect(header).toEqual([1_700_000_000, 123_456, length, length]);
    const at = batch.packetAt(slot);
    expect(bytes?.subarray(16)).toEqual(batch.bytes.subarray(at, at + length));
  }
});

it('PcapTap leaves out what the device did not take and what is not IP', () => {
  const { tap, far, written } = openTap();
  const batch = new PacketBatch();
  fillUdp(batch, 0, { length: 61, tag: 1 });
  tap.send(batch, oneOf(0));
  expect(tap.send(batch, oneOf(0))).toBe(0);
  batch.etherTypes[0] = 0x0806;
  far.send(batch, oneOf(0));
  expect(tap.receive(new PacketBatch())).toBe(1);
  expect(written).toHaveLength(2);
});
