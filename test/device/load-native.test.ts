import { expect, it } from 'vitest';

import { loadNative } from '../../src/device/load-native.ts';
import { PACKET_OFFSET, SLOT_BYTES } from '../../src/device/packet-batch.ts';
import { TunDevice } from '../../src/device/tun-device.ts';

it('loadNative returns an addon that shares the layout of PacketBatch', () => {
  const native = loadNative();
  expect([native.slotBytes, native.packetOffset]).toEqual([SLOT_BYTES, PACKET_OFFSET]);
});

it('loadNative returns an addon that names an argument of the wrong shape instead of reading memory', () => {
  const { tunReceive, openWakeup, closeDescriptor } = loadNative();
  const descriptor = openWakeup();
  const bytes = new Uint8Array(2 * SLOT_BYTES);
  const short = new Uint32Array(1);
  expect(() => tunReceive(descriptor, bytes, short, new Uint16Array(2))).toThrow(new TypeError('argument 2'));
  closeDescriptor(descriptor);
});

it.each(['', 'a b', 'sixteen-bytes-xx', 'a/b', 'tun%d', '..'])('TunDevice refuses the name %j', (name) => {
  expect(() => TunDevice.open({ name })).toThrow(`Cannot name a TUN '${name}'`);
});
