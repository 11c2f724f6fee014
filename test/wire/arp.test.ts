import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ARP_BYTES,
  ARP_REPLY,
  ARP_REQUEST,
  arpOperation,
  arpSenderAddress,
  arpSenderMac,
  arpTargetAddress,
  arpTargetMac,
  checkArp,
  emitArp,
} from '../../src/wire/arp.ts';

// Who has 203.0.113.9? Tell 203.0.113.1, as tcpdump shows such a request on the wire.
const REQUEST_BYTES = [
  ...[0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x01], // Ethernet, IPv4, 6, 4, request
  ...[0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 203, 0, 113, 1], // sender
  ...[0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 203, 0, 113, 9], // target
];

describe('checkArp', () => {
  test('checkArp takes a request, padded to the smallest Ethernet frame or not', () => {
    const padded = viewOf([...REQUEST_BYTES, ...new Array(18).fill(0)]);
    expect(checkArp(viewOf(REQUEST_BYTES), 0, ARP_BYTES)).toBeUndefined();
    expect(checkArp(padded, 0, 46)).toBeUndefined();
  });

  test.each([
    ['one byte short', 27, 0, 0x00],
    ['of another hardware', 28, 1, 0x06],
    ['of another protocol', 28, 2, 0x86],
    ['with another MAC length', 28, 4, 8],
    ['with another address length', 28, 5, 16],
    ['with operation 0', 28, 7, 0],
    ['that is a RARP request', 28, 7, 3],
  ])('checkArp refuses a message %s', (_, length, at, value) => {
    const bytes = [...REQUEST_BYTES];
    bytes[at] = value;
    expect(checkArp(viewOf(bytes), 0, length)).toBe('arp-malformed');
  });
});

test('the accessors read a request from the wire', () => {
  const view = viewOf(REQUEST_BYTES);
  expect(arpOperation(view, 0)).toBe(ARP_REQUEST);
  expect([...arpSenderMac(view, 0)]).toEqual([2, 0, 0, 0, 0, 1]);
  expect([...arpSenderAddress(view, 0)]).toEqual([203, 0, 113, 1]);
  expect([...arpTargetAddress(view, 0)]).toEqual([203, 0, 113, 9]);
});

test('emitArp writes what the accessors read, for all messages', () => {
  const mac = fc.uint8Array({ minLength: 6, maxLength: 6 });
  const address = fc.uint8Array({ minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(
      mac,
      address,
      mac,
      address,
      fc.nat(9),
      (senderMac, senderAddress, targetMac, targetAddress, at) => {
        const view = new DataView(new ArrayBuffer(at + ARP_BYTES));
        const message = { operation: ARP_REPLY, senderMac, senderAddress, targetMac, targetAddress } as const;
        expect(emitArp(view, at, message)).toBe(ARP_BYTES);
        expect(checkArp(view, at, at + ARP_BYTES)).toBeUndefined();
        expect({
          operation: arpOperation(view, at),
          senderMac: arpSenderMac(view, at),
          senderAddress: arpSenderAddress(view, at),
          targetMac: arpTargetMac(view, at),
          targetAddress: arpTargetAddress(view, at),
        }).toEqual(message);
      },
    ),
  );
});

test('checkArp never throws, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      checkArp(new DataView(bytes.buffer, bytes.byteOffset), 0, bytes.length);
    }),
  );
});

function viewOf(bytes: readonly number[]): DataView {
  return new DataView(Uint8Array.from(bytes).buffer);
}
