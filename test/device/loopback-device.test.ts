import { constants } from 'node:os';
import { expect, it } from 'vitest';

import { LoopbackDevice } from '../../src/device/loopback-device.ts';
import { PacketBatch, SendList } from '../../src/device/packet-batch.ts';
import { fillUdp } from './sample-packets.ts';

it('LoopbackDevice loses what exceeds its queue, as a full device does (FL-43)', () => {
  const [near, far] = LoopbackDevice.pair(2);
  const batch = new PacketBatch();
  const list = new SendList();
  for (let slot = 0; slot < 3; slot++) {
    fillUdp(batch, slot, { length: 60 + slot, tag: slot });
    list.push(slot);
  }
  expect(near.send(batch, list)).toBe(2);
  expect([...near.failures.errnos.subarray(0, 3)]).toEqual([0, 0, constants.errno.EAGAIN]);
  expect(near.failures.reason(2)).toBe('uplink-send-failed');
  expect(far.receive(batch)).toBe(2);
});
