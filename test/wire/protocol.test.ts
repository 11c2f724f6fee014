import { expect, test } from 'vitest';
import { protocolName } from '../../src/wire/protocol.ts';

test.each([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [58, 'icmp'],
  [47, '47'],
] as const)('protocolName calls %i %s', (protocol, name) => {
  expect(protocolName(protocol)).toBe(name);
});
