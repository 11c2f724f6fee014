/** The devices that need no kernel, each through the suite that the real ones pass in netns-tests/device.test.ts. */
import { describe, it } from 'vitest';

import { FaultInjector } from '../../src/device/fault-injector.ts';
import { LoopbackDevice } from '../../src/device/loopback-device.ts';
import { PcapTap } from '../../src/device/pcap-tap.ts';
import { CONFORMANCE, type DevicePair } from './device-conformance.ts';

const PAIRS: ReadonlyArray<readonly [string, () => DevicePair]> = [
  [
    'LoopbackDevice',
    () => {
      const [near, far] = LoopbackDevice.pair();
      return { near, far };
    },
  ],
  [
    'PcapTap around a LoopbackDevice',
    () => {
      const [near, far] = LoopbackDevice.pair();
      const options = { write: () => {}, now: () => 0 };
      return { near: new PcapTap(near, options), far: new PcapTap(far, options) };
    },
  ],
  [
    'FaultInjector without faults',
    () => {
      const [near, far] = LoopbackDevice.pair();
      return { near: new FaultInjector(near, { seed: 1 }), far: new FaultInjector(far, { seed: 2 }) };
    },
  ],
];

describe.each(PAIRS)('%s', (_name, open) => {
  it.each(CONFORMANCE)('$name', ({ run }) => {
    run(open());
  });
});
