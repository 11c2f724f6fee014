import { describe, expect, it } from 'vitest';

import { FaultInjector, type Faults } from '../../src/device/fault-injector.ts';
import { LoopbackDevice } from '../../src/device/loopback-device.ts';
import { PacketBatch, SendList } from '../../src/device/packet-batch.ts';
import { fillUdp } from './sample-packets.ts';

const PACKETS = 1000;

/** Sends packets of lengths 60, 61, … one by one and returns the lengths that arrive. */
function passThrough(faults: Faults, packets = PACKETS): number[] {
  const [near, far] = LoopbackDevice.pair(4 * packets);
  const injector = new FaultInjector(near, faults);
  const batch = new PacketBatch(1);
  const list = new SendList(1);
  list.push(0);
  for (let i = 0; i < packets; i++) {
    fillUdp(batch, 0, { length: 60 + i, tag: 0 });
    expect(injector.send(batch, list)).toBe(1);
  }
  const arrived: number[] = [];
  const got = new PacketBatch();
  while (far.receive(got) > 0) arrived.push(...got.lengths.subarray(0, got.count));
  return arrived;
}

describe('FaultInjector', () => {
  it('loses about as many packets as asked, and says nothing of it', () => {
    const arrived = passThrough({ seed: 1, loss: 0.2 });
    expect(arrived.length).toBeGreaterThan(750);
    expect(arrived.length).toBeLessThan(850);
    expect(new Set(arrived).size).toBe(arrived.length);
  });

  it('doubles about as many packets as asked, each beside its original', () => {
    const arrived = passThrough({ seed: 1, duplication: 0.3 });
    expect(arrived.length).toBeGreaterThan(1240);
    expect(arrived.length).toBeLessThan(1360);
    expect(arrived).toEqual(arrived.toSorted((a, b) => a - b));
  });

  it('lets the next packet overtake one that it keeps back, and loses none but the last', () => {
    const arrived = passThrough({ seed: 1, reorder: 0.25 });
    const swaps = arrived.filter((length, i) => length < (arrived[i - 1] ?? 0)).length;
    expect(swaps).toBeGreaterThan(150);
    expect(swaps).toBeLessThan(250);
    expect(arrived.length).toBeGreaterThanOrEqual(PACKETS - 1);
    arrived.forEach((length, i) => {
      expect(Math.abs(length - 60 - i)).toBeLessThanOrEqual(1);
    });
  });

  it('does the same for the same seed, and something else for another', () => {
    const faults = { loss: 0.1, duplication: 0.1, reorder: 0.1 };
    const once = passThrough({ seed: 7, ...faults });
    expect(passThrough({ seed: 7, ...faults })).toEqual(once);
    expect(passThrough({ seed: 8, ...faults })).not.toEqual(once);
  });

  it.each([-0.1, 1.1, Number.NaN])('refuses the probability %d', (loss) => {
    const [near] = LoopbackDevice.pair();
    expect(() => new FaultInjector(near, { seed: 1, loss })).toThrow(
      `Cannot inject faults with probability ${loss}: 0 to 1 is wanted`,
    );
  });
});
