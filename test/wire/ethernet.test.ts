import { expect, test } from 'vitest';
import {
  checkEthernet,
  ETHERNET_HEADER_BYTES,
  emitEthernet,
  ethernetDestination,
  ethernetSource,
  etherTypeOf,
} from '../../src/wire/ethernet.ts';
import { BROADCAST_MAC } from '../../src/wire/mac-address.ts';

const SOURCE = Uint8Array.of(2, 0, 0, 0, 0, 9);

test('emitEthernet writes the 14 bytes of RFC 894 and the accessors read them back', () => {
  const bytes = new Uint8Array(3 + ETHERNET_HEADER_BYTES + 1);
  const view = new DataView(bytes.buffer);
  expect(emitEthernet(view, 3, { destination: BROADCAST_MAC, source: SOURCE, etherType: 0x0806 })).toBe(14);
  expect([...bytes]).toEqual([0, 0, 0, 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 9, 0x08, 0x06, 0]);
  expect(ethernetDestination(view, 3)).toEqual(BROADCAST_MAC);
  expect(ethernetSource(view, 3)).toEqual(SOURCE);
  expect(etherTypeOf(view, 3)).toBe(0x0806);
});

test('checkEthernet refuses 13 bytes', () => {
  expect(checkEthernet(5, 18)).toBe('ethernet-truncated');
  expect(checkEthernet(5, 19)).toBeUndefined();
});
