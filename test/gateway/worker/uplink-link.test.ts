import { describe, expect, test } from 'vitest';
import { SendFailures } from '../../../src/device/send-failures.ts';
import { LINK_UNREACHABLE } from '../../../src/egress/neighbours.ts';
import { WorkerCounters } from '../../../src/gateway/datapath/reports/counters.ts';
import { type UplinkDevice, UplinkLink } from '../../../src/gateway/worker/uplink-link.ts';
import { addressWords } from '../../support/address-text.ts';
import { tellStory } from '../../support/story.ts';

class StubDevice implements UplinkDevice {
  readonly failures = new SendFailures('uplink-send-failed');
  descriptor: number;

  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  receive(): number {
    return 0;
  }

  send(): number {
    return 0;
  }

  takeLost(): number {
    return 3;
  }

  /** As by itself when the interface was deleted. */
  close(): void {
    this.descriptor = -1;
  }
}

/** A link on descriptor 10 whose further devices have 11, 12, … while `isThere` says so. */
function makeLink(isThere: () => boolean = () => true) {
  const { wan } = tellStory().uplinks;
  const first = new StubDevice(10);
  let next = 11;
  const link = new UplinkLink(wan, first, () => (isThere() ? new StubDevice(next++) : undefined));
  const change = (settings: { isUp?: boolean; ifindex?: number }) =>
    link.update({ ...wan.settings, isUp: true, ...settings }, 0);
  const hop = wan.hopFor(addressWords('192.0.2.1'), 0, 4);
  return { link, first, change, isReachable: () => wan.linkTo(hop, 4, 0) !== LINK_UNREACHABLE };
}

describe('UplinkLink', () => {
  test('keeps its device while the interface is the same, up or down', () => {
    const { link, change, isReachable } = makeLink();
    change({ isUp: false });
    expect([link.descriptor, isReachable()]).toEqual([10, false]);
    change({ isUp: true });
    expect([link.descriptor, isReachable()]).toEqual([10, true]);
  });

  test('opens another device for an interface that was deleted and made again, and closes the old one (FL-23)', () => {
    const { link, first, change, isReachable } = makeLink();
    change({ ifindex: 7 });
    expect([first.descriptor, link.descriptor, isReachable()]).toEqual([-1, 11, true]);
  });

  test('opens none for an interface that is gone, whose device has closed by itself (FL-23)', () => {
    const { link, first, change } = makeLink(() => {
      throw new Error('Cannot go on: there is nothing to open');
    });
    first.close();
    change({ isUp: false, ifindex: 0 });
    expect(link.descriptor).toBe(-1);
  });

  test('lets go of the device of an interface that has gone in silence (FL-23)', () => {
    const { first, change } = makeLink();
    change({ isUp: false, ifindex: 0 });
    expect(first.descriptor).toBe(-1);
  });

  test('counts the frames that the kernel lost', () => {
    const { link } = makeLink();
    const counters = new WorkerCounters();
    link.countLost(counters);
    link.countLost(counters);
    expect(counters.drops()).toEqual({ 'uplink-overrun': 6 });
  });

  test('is down while the interface has gone again by the time it is told, and opens it when it is back (FL-23)', () => {
    let isThere = false;
    const { link, change, isReachable } = makeLink(() => isThere);
    change({ ifindex: 7 });
    expect([link.descriptor, isReachable()]).toEqual([-1, false]);
    change({ isUp: false, ifindex: 7 });
    isThere = true;
    change({ ifindex: 8 });
    expect([link.descriptor, isReachable()]).toEqual([11, true]);
  });
});
