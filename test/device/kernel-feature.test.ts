import { constants, release } from 'node:os';
import { expect, it } from 'vitest';

import { KernelFeature } from '../../src/device/kernel-feature.ts';
import { GatewayError } from '../../src/report/errors.ts';

const { EINVAL, ENOENT, ENOPROTOOPT, EPERM } = constants.errno;

it.each([ENOENT, EINVAL, ENOPROTOOPT])('KernelFeature names what errno %d says is missing', (errno) => {
  const feature = new KernelFeature('PACKET_TELEPATHY', '9.9', () => errno);
  expect(feature.isPresent()).toBe(false);
  const message = `Cannot use PACKET_TELEPATHY: kernel ${release()} does not offer it; Linux 9.9 or later does`;
  expect(() => feature.demand()).toThrow(new GatewayError('EKERNEL', message));
});

it('KernelFeature asks the kernel once', () => {
  let asked = 0;
  const feature = new KernelFeature('a feature', '1.0', () => {
    asked++;
    return 0;
  });
  feature.demand();
  feature.demand();
  expect(feature.isPresent()).toBe(true);
  expect(asked).toBe(1);
});

it('KernelFeature takes a missing privilege for no answer, and asks again', () => {
  const answers = [EPERM, 0];
  const feature = new KernelFeature('a feature', '1.0', () => answers.shift() ?? EINVAL);
  expect(() => feature.isPresent()).toThrow(
    new GatewayError('EDEVICE', 'Cannot probe the kernel for a feature: EPERM'),
  );
  expect(feature.isPresent()).toBe(true);
});
