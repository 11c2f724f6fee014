import { constants } from 'node:os';
import { expect, it } from 'vitest';

import { SendFailures } from '../../src/device/send-failures.ts';

const { EAGAIN, EMSGSIZE, ENETDOWN, ENOBUFS } = constants.errno;

it.each([
  ['uplink-send-failed', EAGAIN, 'uplink-send-failed'],
  ['uplink-send-failed', ENETDOWN, 'uplink-send-failed'],
  ['uplink-send-failed', EMSGSIZE, 'uplink-send-failed'],
  ['uplink-send-failed', ENOBUFS, 'guard-refused'],
  ['tun-send-failed', ENOBUFS, 'tun-send-failed'],
] as const)('SendFailures of %s reads errno %d as %s', (fallback, errno, reason) => {
  const failures = new SendFailures(fallback);
  failures.errnos[3] = errno;
  expect(failures.failed(3)).toBe(true);
  expect(failures.reason(3)).toBe(reason);
  expect(failures.tooBig(3)).toBe(errno === EMSGSIZE);
  expect(failures.failed(2)).toBe(false);
});
